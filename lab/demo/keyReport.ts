import type { Account } from "./account";
import { isEqual, type KeyComparison, type RewrittenKeys } from "./keys";

/** A comparison of keys as reports hold it. */
export interface KeyReport {
  /** Keys of the snapshot that the restored cluster has not, and the other way round; see `rewrittenKeys`. */
  readonly missing: number;
  readonly extra: number;
  /** Keys with another value than in the snapshot. */
  readonly changed: number;
  readonly missingKeys: readonly string[];
  readonly extraKeys: readonly string[];
  readonly changedKeys: readonly string[];
  readonly keysBefore: number;
  readonly keysAfter: number;
}

/** What a comparison leaves aside, as reports hold it. */
export type RewrittenReport = readonly {
  readonly pattern: string;
  readonly differences: readonly string[];
  readonly why: string;
}[];

export function keyReport(keys: KeyComparison): KeyReport {
  return {
    missing: keys.missing.length,
    extra: keys.extra.length,
    changed: keys.changed.length,
    missingKeys: keys.missing,
    extraKeys: keys.extra,
    changedKeys: keys.changed,
    keysBefore: keys.keysBefore,
    keysAfter: keys.keysAfter,
  };
}

/** What a comparison says against a restore, a sentence each. */
export function keyFailures(report: KeyReport): string[] {
  const { missing, extra, changed } = report;
  return [
    missing > 0 && `${missing} keys are missing: ${some(report.missingKeys)}`,
    extra > 0 && `${extra} keys are extra: ${some(report.extraKeys)}`,
    changed > 0 && `${changed} keys have another value: ${some(report.changedKeys)}`,
  ].filter((failure) => failure !== false);
}

/** Tells a comparison. */
export function tellKeys(account: Account, keys: KeyComparison): void {
  const differences = `${keys.missing.length} missing, ${keys.extra.length} extra, ${keys.changed.length} changed`;
  account.check(
    isEqual(keys),
    `keys: ${keys.keysBefore} in the snapshot, ${keys.keysAfter} now; ${differences} (${keys.rewritten.length} rewritten by the control plane itself)`,
  );
}

/** Tells what was left aside, and why. */
export function tellRewritten(account: Account, rewritten: readonly RewrittenKeys[]): void {
  account.say("keys that a control plane rewrites itself, and that were therefore not compared:");
  for (const { pattern, differences, why } of rewritten) {
    const readable = pattern.source.replaceAll("\\/", "/").replace(/^\^|\$$/g, "");
    account.say(`  ${readable}  (${differences.join(", ")})\n      ${why}`);
  }
}

export function rewrittenReport(rewritten: readonly RewrittenKeys[]): RewrittenReport {
  return rewritten.map(({ pattern, ...entry }) => ({ pattern: pattern.source, ...entry }));
}

function some(keys: readonly string[]): string {
  return keys.length <= 3 ? keys.join(", ") : `${keys.slice(0, 3).join(", ")}, …`;
}
