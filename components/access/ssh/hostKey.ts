import { createHash } from "node:crypto";

const labels: Readonly<Record<string, string>> = {
  "ssh-ed25519": "ED25519",
  "ssh-rsa": "RSA",
};

/** A public key without its comment: two lines of the same key are equal. */
export const keyOnly = (publicKey: string): string => publicKey.trim().split(/\s+/).slice(0, 2).join(" ");

/** The fingerprint of a public key as `ssh-keygen -l` prints it: `SHA256:…`, without padding. */
export function fingerprintOf(publicKey: string): string {
  const [, body = ""] = publicKey.trim().split(/\s+/);
  const digest = createHash("sha256").update(Buffer.from(body, "base64")).digest("base64");
  return `SHA256:${digest.replace(/=+$/, "")}`;
}

/** The kind of a public key as OpenSSH names it to people: ED25519, ECDSA, RSA. */
export function keyKindOf(publicKey: string): string {
  const [kind = ""] = publicKey.trim().split(/\s+/);
  return labels[kind] ?? (kind.startsWith("ecdsa-") ? "ECDSA" : kind);
}
