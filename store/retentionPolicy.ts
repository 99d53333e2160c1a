import { UserError } from "../components/errors";
import { type RetentionPolicy, type Tier, tiers } from "./retention";

/** `hourly=24,daily=7`. */
export const policyText = (policy: RetentionPolicy): string =>
  tiers
    .filter((tier) => policy[tier] !== undefined)
    .map((tier) => `${tier}=${policy[tier]}`)
    .join(",");

/**
 * Reads a policy as {@link policyText} writes it; what is not named keeps none.
 *
 * @throws UserError when it is none, or keeps nothing
 */
export function parsePolicy(text: string, input: string): RetentionPolicy {
  const wrong = (what: string) =>
    new UserError(`${input}: ${what}.`, `Write it as hourly=24,daily=7,weekly=5,monthly=12,yearly=3.`);
  const policy: Partial<Record<Tier, number>> = {};
  for (const part of text.split(",")) {
    const [, name = "", count = ""] = /^\s*([a-z]+)=(\d{1,4})\s*$/.exec(part) ?? [];
    const tier = tiers.find((one) => one === name);
    if (tier === undefined)
      throw wrong(`${JSON.stringify(part)} is not one of ${tiers.join(", ")} with a number`);
    if (policy[tier] !== undefined) throw wrong(`${tier} is given twice`);
    policy[tier] = Number(count);
  }
  if (Object.values(policy).every((count) => count === 0)) throw wrong("it keeps nothing");
  return policy;
}
