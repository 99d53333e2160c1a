import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

/** One step that reads the snapshot: it fails when there is none. */
const config = new pulumi.Config("etcd-recovery");
const restore = config.requireObject<{ id: unknown; snapshot: string }>("restore");
new local.Command("restore-read", {
  create: 'cat "$SNAPSHOT"',
  update: 'printf %s "$PULUMI_COMMAND_STDOUT"',
  environment: { SNAPSHOT: restore.snapshot },
  triggers: [restore.id],
});

export const report = {
  restoreId: restore.id,
  kubeconfig: config.require("adminKubeconfig"),
  context: config.get("adminContext") ?? "none",
};
