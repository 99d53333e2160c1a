import { expect } from "vitest";
import { checkConfig } from "../../components/config/configCheck";
import { UserError } from "../../components/errors";

/** A restore of a hosted cluster. */
export const good = {
  operation: "restore",
  cluster: "uc1",
  adminKubeconfig: "admin.kubeconfig",
  utilityImage: "example/etcd-util:1.16.0-gke.0",
  restore: { id: "night-1", snapshot: "backups/uc1.db" },
};

/** What is said of a configuration; "accepted" where nothing is. */
export const problems = (raw: Record<string, unknown>): string => {
  try {
    checkConfig(raw);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  return "accepted";
};

export const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGHnipMRH9";
export const key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----";
/** A restore of a control plane on machines. */
export const onMachines = {
  operation: "restore",
  cluster: "admin",
  profile: "gdc-admin",
  machines: [{ name: "cp-1", host: "10.0.0.1", hostKey }],
  ssh: { privateKey: key, jump: { host: "jump", hostKey } },
  restore: { id: "night-1", snapshot: "admin.db" },
};
