import { createHash } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import type { VaultPlan } from "../vaultPlan";
import type { VaultSettings } from "../vaultSettings";

/** What every part of a vault is declared with. */
export interface Declaring {
  readonly parent: pulumi.ComponentResource;
  /** Of the component; begins every resource's name. */
  readonly name: string;
  readonly settings: VaultSettings;
  readonly plan: VaultPlan;
}

/** Of what holds data or opens it: neither a destroy nor a change of the program removes it. */
export const kept = { protect: true, retainOnDelete: true } as const;

/** On all that can have labels. */
export const labels = { "managed-by": "etcd-recovery", content: "etcd-backups" } as const;

/** Stands for a bucket in names that are too short for its own. */
export const digestOf = (bucket: string): string =>
  createHash("sha256").update(bucket).digest("hex").slice(0, 12);
