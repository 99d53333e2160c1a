import * as pulumi from "@pulumi/pulumi";
import { HostedBackup } from "etcd-recovery";

const config = new pulumi.Config();
const userKubeconfig = config.get("userKubeconfig") || undefined;

const backup = new HostedBackup("backup", {
  cluster: {
    name: config.require("cluster"),
    adminKubeconfig: config.require("adminKubeconfig"),
    userKubeconfig,
  },
  generation: config.require("generation"),
  directory: config.require("directory"),
});

export const { snapshot, manifest, revision } = backup;
