import { createPublicKey, type JsonWebKey, randomUUID, verify } from "node:crypto";
import { type Role, roles, type VaultRole } from "../../vault/declare/identities";

/** Whose tokens stand for whom. */
export interface Federation {
  /** Text of the cluster's `/openid/v1/jwks`. */
  readonly jwks: string;
  /** ServiceAccounts, `namespace/name`. */
  readonly subjects: Readonly<Record<Role, string>> & Readonly<Partial<Record<"watcher", string>>>;
  /** What a token must be meant for. */
  readonly audience: string;
}

interface Claims {
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  readonly exp?: number;
}

/** Of vaults with `monitoring` the watcher too. */
const known: readonly VaultRole[] = [...roles, "watcher"];

/** The exchange of a cluster's tokens for those of the storage service. */
export class GateTokens {
  readonly #roles = new Map<string, VaultRole>();

  constructor(private readonly federation: Federation) {}

  /** @throws Error that says why a token is not taken */
  exchange(subjectToken: string, now = Date.now()): { readonly token: string; readonly role: VaultRole } {
    const { sub, aud, exp = 0 } = claimsOf(subjectToken, this.federation.jwks);
    if (exp * 1000 <= now) throw new Error("the token has expired");
    const { audience, subjects } = this.federation;
    if (![aud].flat().includes(audience)) throw new Error("the token is meant for somebody else");
    const role = known.find((one) => sub === `system:serviceaccount:${subjects[one]?.replace("/", ":")}`);
    if (role === undefined) throw new Error(`${sub} stands for nobody`);
    const token = randomUUID();
    this.#roles.set(token, role);
    return { token, role };
  }

  /** Whose a request is, by its header. */
  roleOf(authorization: string | undefined): VaultRole | undefined {
    return this.#roles.get(authorization?.replace(/^Bearer /, "") ?? "");
  }

  /** Tokens that were given out so far are taken no longer. */
  expire(): void {
    this.#roles.clear();
  }
}

function claimsOf(token: string, jwks: string): Claims {
  const [head = "", body = "", signature = ""] = token.split(".");
  const { kid, alg } = decoded(head) as { kid?: string; alg?: string };
  const { keys } = JSON.parse(jwks) as { keys: (JsonWebKey & { kid?: string })[] };
  const key = keys.find((one) => one.kid === kid);
  if (key === undefined || (alg !== "RS256" && alg !== "ES256"))
    throw new Error("the token is signed by nobody known");
  const signed = Buffer.from(`${head}.${body}`);
  const proof = { key: createPublicKey({ key, format: "jwk" }), dsaEncoding: "ieee-p1363" } as const;
  if (!verify("sha256", signed, proof, Buffer.from(signature, "base64url")))
    throw new Error("the token's signature is wrong");
  return decoded(body) as Claims;
}

function decoded(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  } catch {
    throw new Error("this is no token");
  }
}
