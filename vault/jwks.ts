import { z } from "zod";

/** Fields of a key that the identity provider takes; others would be refused there. */
const taken = ["kty", "alg", "kid", "use", "n", "e", "x", "y", "crv"] as const;
/** Of private keys. */
const secret = ["d", "p", "q", "dp", "dq", "qi", "k"];

const schema = z.object({ keys: z.array(z.record(z.string(), z.unknown())).min(1) });

/** A cluster's public keys, as the identity provider takes them, or why not. The text of a key is never in the reason. */
export function readJwks(
  text: string,
): { readonly json: string; readonly problem?: undefined } | { readonly problem: string } {
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) return { problem: "is no JSON with a list of keys" };
  const { keys } = parsed.data;
  if (keys.some((key) => secret.some((field) => field in key)))
    return { problem: "holds a private key: it must be made anew, and only public ones belong here" };
  const filtered = keys.map((key) =>
    Object.fromEntries(
      taken.filter((field) => typeof key[field] === "string").map((field) => [field, key[field]]),
    ),
  );
  if (filtered.some(({ kty }) => kty !== "RSA" && kty !== "EC"))
    return { problem: "has a key that is neither RSA nor EC" };
  return { json: JSON.stringify({ keys: filtered }) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
