import { X509Certificate } from "node:crypto";
import { RefusedError, UserError } from "../../errors";
import { type KubeconfigCheck, readBeside, setAgain } from "./kubeconfigFile";

/**
 * Looks at the credentials of a kubeconfig's user: whether their files are there, and whether they have expired.
 *
 * @param user the user's content. @throws UserError
 */
export function checkCredentials(user: Readonly<Record<string, unknown>>, check: KubeconfigCheck): void {
  const text = (name: string) => (typeof user[name] === "string" ? (user[name] as string) : undefined);
  const data = text("client-certificate-data");
  const file = text("client-certificate");
  if (data !== undefined) checkCertificate(Buffer.from(data, "base64"), check);
  else if (file !== undefined) checkCertificate(readBeside(file, "client-certificate", check), check);
  const keyFile = text("client-key");
  if (keyFile !== undefined) readBeside(keyFile, "client-key", check);
  const tokenFile = text("tokenFile");
  const token = text("token") ?? (tokenFile && readBeside(tokenFile, "tokenFile", check).toString().trim());
  if (token) checkToken(token, check);
}

function checkCertificate(bytes: Buffer, check: KubeconfigCheck): void {
  const { key, path, now = Date.now() } = check;
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(bytes);
  } catch {
    throw new UserError(`${key}: ${path}: its client certificate cannot be read.`, setAgain(check));
  }
  const ends = Date.parse(certificate.validTo);
  const begins = Date.parse(certificate.validFrom);
  if (ends < now) expired(check, "client certificate", ends);
  if (begins > now) {
    throw new RefusedError(
      `${key}: ${path}: its client certificate is valid only from ${iso(begins)}, and it is ${iso(now)} here.`,
      "Set this machine's clock: timedatectl",
    );
  }
}

/** Of a JWT only the expiry is read; other tokens say none. */
function checkToken(token: string, check: KubeconfigCheck): void {
  const [, payload, signature] = token.split(".");
  if (payload === undefined || signature === undefined) return;
  let ends: unknown;
  try {
    ends = (JSON.parse(Buffer.from(payload, "base64url").toString()) as { exp?: unknown }).exp;
  } catch {
    return;
  }
  if (typeof ends === "number" && ends * 1000 < (check.now ?? Date.now()))
    expired(check, "token", ends * 1000);
}

function expired(check: KubeconfigCheck, what: string, at: number): never {
  const { key, path } = check;
  throw new RefusedError(
    `${key}: ${path}: its ${what} expired on ${iso(at)}.`,
    `Log in again, or take a new kubeconfig: ${setAgain(check)}`,
  );
}

function iso(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
