import type { Scenario } from "../scenario";
import { play } from "./play";

/** A user cluster whose control plane is Pods, damaged and restored twice. */
export const hosted: Scenario = {
  title:
    "A user cluster whose control plane runs as Pods of an admin cluster loses its etcd, and `pulumi up` restores it.",
  options: ["objects", "apiservers", "pdb"],
  lab: ({ apiservers, pdb }) => ({ apiservers, pdb }),
  introduce: (lab, { apiservers }) => {
    const { name, address, members } = lab.userCluster();
    return [
      `user cluster ${name} at https://${address}: ${members} members, ${apiservers} API servers`,
      "to look on, in another terminal:",
      `  npm run -s lab -- run --name ${lab.name} -- kubectl --namespace ${name} get pods --watch`,
    ];
  },
  play,
};
