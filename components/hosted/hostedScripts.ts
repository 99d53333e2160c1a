import { join } from "node:path";

/** Functions that every script beside kubectl begins with: calling kubectl, asking etcd. */
export const hostedScripts: readonly string[] = ["kube.sh", "etcd.sh"].map((name) =>
  join(__dirname, "scripts", name),
);
