import { credentialsProblem } from "./gcsCredentials";
import { StalledError } from "./progressing";
import { StoreError } from "./storeError";

type Act = "read" | "write" | "remove";

/** What the client library, Google's servers and the network throw, as far as it is read here. */
interface Cause {
  readonly code?: number | string;
  readonly status?: number;
  readonly message?: string;
}

const rights: Readonly<Record<Act, string>> = {
  read: "roles/storage.objectViewer",
  write: "roles/storage.objectCreator",
  remove: "the pruner's role",
};

const network =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|EPIPE|socket hang up|network timeout|aborted|Premature close/i;

/** One sentence for what a bucket did not do. An error of our own is handed on. */
export function gcsError(address: string, cause: unknown, act: Act): Error {
  if (cause instanceof StoreError) return cause;
  const { code, status, message = String(cause) } = cause as Cause;
  const bucket = address.split("/").slice(0, 3).join("/");
  const look = `Look: gcloud storage buckets describe ${bucket}`;
  if (cause instanceof StalledError)
    return new StoreError("unreachable", `${address}: ${message}.`, "The same command tries again.");
  const unproven = credentialsProblem(cause);
  if (unproven !== undefined)
    return new StoreError("denied", `${address}: ${oneLine(unproven.sentence)}.`, unproven.remedy);
  const said = oneLine(message);
  switch (Number(status ?? code)) {
    case 401:
      return new StoreError(
        "denied",
        `${address}: the credentials were not taken: ${said}.`,
        "gcloud auth application-default login",
      );
    case 403:
      if (/retention|hold/i.test(message))
        return new StoreError("held", `${address}: is kept by the bucket: ${said}.`, look);
      return new StoreError(
        "denied",
        `${address}: may not be ${past[act]}: ${said}.`,
        `It needs ${rights[act]} on ${bucket}.`,
      );
    case 404:
      return new StoreError(
        "missing",
        `${address}: is not there${/bucket/i.test(message) ? ": no such bucket" : ""}.`,
        look,
      );
    case 412:
      return new StoreError("exists", `${address}: exists already: nothing is ever overwritten.`);
    case 429:
      return new StoreError(
        "unreachable",
        `${address}: too many requests: ${said}.`,
        "The same command tries again.",
      );
  }
  if (network.test(`${code} ${message}`) || Number(status ?? code) >= 500)
    return new StoreError(
      "unreachable",
      `${address}: the store did not answer: ${said}.`,
      "The same command tries again.",
    );
  if (/(does|did) not match|mismatch/i.test(message))
    return new StoreError(
      "corrupt",
      `${address}: came with another checksum than the bucket has.`,
      "The same command tries again.",
    );
  return new StoreError("failed", `${address}: could not be ${past[act]}: ${said}.`, look);
}

const past: Readonly<Record<Act, string>> = { read: "read", write: "written", remove: "removed" };

/** Answers may be whole pages, and hold the address of an upload: whoever has that may go on with the upload. */
const oneLine = (text: string) =>
  text
    .replace(/([?&]upload_id=)[^\s&]+/g, "$1…")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/\.$/, "")
    .slice(0, 300);
