import type { Scenario } from "../scenario";
import { play } from "./play";

/** Three machines with stacked etcd, of which one loses its power in the middle of the restore. */
export const kubeadm: Scenario = {
  title:
    "Three machines with stacked etcd lose data and keys; one of them loses its power in the middle of the restore, and `pulumi up` goes on from there.",
  options: ["objects"],
  lab: () => ({ shape: "kubeadm" }),
  introduce: (lab) => [
    `control plane: ${lab.machines.filter((name) => name.startsWith("cp-")).join(", ")}`,
    "to look on, in another terminal:",
    `  npm run -s lab -- run --name ${lab.name} -- kubectl get pods --all-namespaces --watch`,
  ],
  play,
};
