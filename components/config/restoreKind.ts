import type { z } from "zod";
import { isWish } from "../../store/wish";

/** What a restore stack can do: one key of `restore` each, with a stand-in for its value. A stack has exactly one. */
const kinds: Readonly<Record<string, string>> = {
  snapshot: "FILE",
  rollback: "ID",
  finalize: "ID",
  repair: "MEMBER",
};

const named = (some: readonly string[]) => some.map((key) => `restore.${key}`).join(", ");

/** Checks what lies between the keys of `restore`, whatever the errors of single keys. */
export function checkRestoreKind(restore: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  if (typeof restore !== "object" || restore === null) return;
  checkOneKind(restore, context);
  checkStore(restore, context);
}

/** The same of a control plane on machines. */
export function checkMachinesKind(
  restore: Readonly<Record<string, unknown>>,
  context: z.RefinementCtx,
): void {
  if (typeof restore !== "object" || restore === null) return;
  checkOneKind(restore, context);
  checkStore(restore, context);
  checkKeys(restore, context);
}

/** Which keys come back goes with which data does. */
function checkKeys(
  { pki, snapshot, rollback }: Readonly<Record<string, unknown>>,
  context: z.RefinementCtx,
): void {
  if (typeof pki !== "object" || pki === null) return;
  const wrong = (message: string, remedy: string) =>
    context.addIssue({ code: "custom", message, params: { remedy } });
  const without = (key: string) => `pulumi config rm --path restore.${key}`;
  if (snapshot === undefined && rollback === undefined) {
    wrong("has restore.pki, which only a restore of a snapshot, or a roll-back, takes", without("pki"));
    return;
  }
  const given = (key: string) => (pki as Readonly<Record<string, unknown>>)[key] !== undefined;
  const [wanted, others, remedy] =
    snapshot === undefined
      ? (["previous", ["identity", "from"], "pulumi config set --path restore.pki.previous true"] as const)
      : ([
          "identity",
          ["previous"],
          "pulumi config set --secret --path restore.pki.identity < KEYFILE",
        ] as const);
  if (!given(wanted)) wrong(`has restore.pki without restore.pki.${wanted}`, remedy);
  const kind = snapshot === undefined ? "restore.rollback" : "restore.snapshot";
  for (const other of others.filter(given))
    wrong(`has restore.pki.${other}, which does not go with ${kind}`, without(`pki.${other}`));
}

function checkOneKind(restore: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  const keys = Object.keys(kinds);
  const given = keys.filter((key) => restore[key] !== undefined);
  const wrong = (message: string, remedy: string) =>
    context.addIssue({ code: "custom", message, params: { remedy } });
  if (given.length === 0) {
    const commands = keys.map((key) => `pulumi config set --path restore.${key} ${kinds[key]}`);
    wrong(`needs exactly one of ${named(keys)}`, commands.join("   or: "));
  }
  if (given.length > 1) {
    const commands = given.map((key) => `pulumi config rm --path restore.${key}`);
    wrong(`has ${named(given)}, and takes exactly one of ${named(keys)}`, commands.join("   or: "));
  }
  for (const key of given.filter((one) => restore[one] !== "" && restore[one] === restore.id)) {
    const message = `must differ from restore.${key}: every operation has an id of its own`;
    context.addIssue({ code: "custom", path: ["id"], message });
  }
}

function checkStore(restore: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  const wrong = (message: string, remedy: string) =>
    context.addIssue({ code: "custom", message, params: { remedy } });
  const wished = typeof restore.snapshot === "string" && isWish(restore.snapshot);
  if (wished && restore.store === undefined)
    wrong(
      `has restore.snapshot ${restore.snapshot}, and no restore.store that it looks into`,
      "pulumi config set --path restore.store DIRECTORY_OR_BUCKET",
    );
  if (!wished && restore.store !== undefined)
    wrong(
      "has restore.store, which only restore.snapshot latest and before:TIME look into",
      "pulumi config rm --path restore.store",
    );
}
