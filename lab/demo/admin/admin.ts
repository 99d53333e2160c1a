import type { Scenario } from "../scenario";
import { play } from "./play";

/** The admin cluster's own control plane: one machine of static Pods behind a jump host, and a user cluster on it. */
export const admin: Scenario = {
  title:
    "An admin cluster's machine loses etcd's data and all its keys, and `pulumi up` restores both through the jump host, while the user cluster that it hosts serves on.",
  options: ["objects"],
  lab: () => ({ shape: "hosted", workers: 1 }),
  introduce: (lab) => {
    const { name, address } = lab.userCluster();
    return [
      `user cluster ${name}, hosted, at https://${address}`,
      "to look on, in another terminal:",
      `  npm run -s lab -- run --name ${lab.name} -- kubectl get pods --all-namespaces --watch`,
    ];
  },
  play,
};
