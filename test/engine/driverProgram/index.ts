import { createHash } from "node:crypto";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

/** One step that reads the snapshot: it fails when there is none. */
const config = new pulumi.Config("etcd-recovery");
const restore = config.requireObject<{
  id: unknown;
  snapshot: string;
  pki?: { identity: string; from: string };
}>("restore");
new local.Command("restore-read", {
  create: 'cat "$SNAPSHOT"',
  update: 'printf %s "$PULUMI_COMMAND_STDOUT"',
  environment: { SNAPSHOT: restore.snapshot },
  triggers: [restore.id],
});

/** What a program sees of the secrets, told apart without telling them. */
const ssh = config.getObject<{ privateKey?: string; jump?: { privateKey?: string } }>("ssh");
const digest = (text = "") => createHash("sha256").update(text).digest("hex");
const keys = [ssh?.privateKey, ssh?.jump?.privateKey, restore.pki?.identity].map(digest);

export const report = {
  restoreId: restore.id,
  ...(ssh === undefined ? {} : { keys, backup: restore.pki?.from }),
  kubeconfig: config.get("adminKubeconfig") ?? "none",
  context: config.get("adminContext") ?? "none",
};
