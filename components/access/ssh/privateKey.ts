/** Why a private key's content cannot be used; undefined when it can. Never quotes any of it. */
export function judgePrivateKey(text: string): string | undefined {
  const [, kind, body = ""] =
    /-----BEGIN ([A-Z ]*)PRIVATE KEY-----([\s\S]*?)-----END \1PRIVATE KEY-----/.exec(text) ?? [];
  if (kind === undefined) {
    if (/^(ssh-|ecdsa-)/.test(text.trim())) return "is a public key: the private one is needed";
    return "is no private key in OpenSSH or PEM format (its content is needed, not its path)";
  }
  if (hasPassphrase(kind.trim(), body)) return "has a passphrase, which nobody can type here";
  return undefined;
}

const MAGIC = "openssh-key-v1\0";

function hasPassphrase(kind: string, body: string): boolean {
  if (kind === "ENCRYPTED" || /Proc-Type:.*ENCRYPTED/.test(body)) return true;
  if (kind !== "OPENSSH") return false;
  const bytes = Buffer.from(body, "base64");
  if (bytes.subarray(0, MAGIC.length).toString("latin1") !== MAGIC || bytes.length < MAGIC.length + 4)
    return false;
  // The name of the cipher comes first.
  const length = bytes.readUInt32BE(MAGIC.length);
  const cipher = bytes.subarray(MAGIC.length + 4, MAGIC.length + 4 + length).toString("latin1");
  return cipher !== "none";
}

/** As ssh-add takes it: with the line feed at its end that is easily lost on the way through a configuration. */
export const keyText = (text: string): string => `${text.trim()}\n`;
