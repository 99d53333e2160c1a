import * as pulumi from "@pulumi/pulumi";
import { judgeVault } from "./judgeVault";
import { planVault, type VaultPlan } from "./vaultPlan";
import { type VaultInput, type VaultSettings, vaultSettings } from "./vaultSettings";

/** What is known before a vault is declared. */
export interface DecidedVault {
  readonly settings: VaultSettings;
  readonly plan: VaultPlan;
}

/** @throws RunError with every wrong argument, or every contradiction; never a value */
export function decideVault(name: string, args: VaultInput): DecidedVault {
  const parsed = vaultSettings.safeParse(args);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`.trim());
    throw new pulumi.RunError(`BackupVault ${name}: ${wrong.join("; ")}.`);
  }
  const settings = parsed.data;
  const plan = planVault(settings);
  const found = judgeVault(settings, plan);
  if (found.length === 0) return { settings, plan };
  const lines = found.map(({ keys, sentence, remedy }) => `vault.${keys[0]}: ${sentence}. ${remedy}`);
  throw new pulumi.RunError(`BackupVault ${name}: nothing was made.\n${lines.join("\n")}`);
}
