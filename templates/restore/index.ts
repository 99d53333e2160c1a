import * as pulumi from "@pulumi/pulumi";
import { HostedRestore } from "etcd-recovery";

const config = new pulumi.Config();
const userKubeconfig = config.get("userKubeconfig") || undefined;

/** A cluster whose quorum is alive is refused until a `reason` says why its data shall go. */
const restore = new HostedRestore("restore", {
  cluster: {
    name: config.require("cluster"),
    adminKubeconfig: config.require("adminKubeconfig"),
    userKubeconfig,
  },
  id: config.require("id"),
  utilityImage: config.require("utilityImage"),
  snapshot: config.require("snapshot"),
  reason: config.get("reason"),
});

export const { restorePlan, report } = restore;
