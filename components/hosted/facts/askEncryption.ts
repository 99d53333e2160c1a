import type { HostedContext } from "../hostedContext";
import type { KnownKeys } from "../judgements/encryption";
import type { PodTemplate } from "../workloads/kubeWorkload";
import { encryptionKeys, encryptionPath, type SecretKey, secretsOf } from "./encryptionFiles";

type Asked = Pick<HostedContext, "client" | "namespace">;

interface Secret {
  readonly data?: Readonly<Record<string, string>>;
}

/** Which keys the API servers have. The configuration is read in memory, and only names leave this function. */
export async function askEncryption(asked: Asked, template: PodTemplate): Promise<KnownKeys> {
  const path = encryptionPath(template);
  if (path === undefined) return { kind: "none" };
  let why = `${path} lies in no Secret`;
  for (const candidate of secretsOf(path, template)) {
    why = `Secret ${candidate.secret} cannot be read, or is no EncryptionConfiguration`;
    const keys = await keysIn(asked, candidate);
    if (keys !== undefined) return { kind: "keys", keys, secret: candidate.secret };
  }
  return { kind: "unknown", why };
}

/** undefined also when the Secret may not be read: which right is missing is said with what it is needed for. */
async function keysIn(
  { client, namespace }: Asked,
  { secret, key }: SecretKey,
): Promise<readonly string[] | undefined> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${encodeURIComponent(secret)}`;
  const found = await client.find<Secret>(path).catch(() => undefined);
  const data = found?.data?.[key];
  return data === undefined ? undefined : encryptionKeys(Buffer.from(data, "base64").toString("utf8"));
}
