import type { NodesProfileName } from "../../../components/profiles/profiles";
import type { ControlPlaneName, MachineName } from "../../lab";
import type { Etcdctl } from "../keyDump";
import type { Scene } from "../scene";
import { UserApi } from "../userApi";
import { MachineStacks } from "./machineStacks";

/** What every part of a scenario of a control plane on machines works with. */
export interface MachineScene extends Scene {
  readonly stacks: MachineStacks;
  /** The control plane's machines, in the order of their members. */
  readonly machines: readonly ControlPlaneName[];
  /** Those on which nothing may be left: the control plane's and the jump host. */
  readonly reached: readonly MachineName[];
  /** The control plane's own API, at the address that its clients use. */
  readonly api: UserApi;
  /** etcdctl on the first machine, asking its member. */
  readonly etcdctl: Etcdctl;
  /** The same, asking members at these URLs. */
  readonly etcdctlTo: (endpoints: readonly string[]) => Etcdctl;
}

/** Opens a running lab's control plane for a story. */
export async function openMachineScene(scene: Scene, profile: NodesProfileName): Promise<MachineScene> {
  const { lab } = scene;
  const { hosts, kubeconfig } = await lab.controlPlane();
  const machines = hosts.map(({ name }) => name as ControlPlaneName);
  const [first = "admin-cp"] = machines;
  const etcdctl: Etcdctl = async (argv) =>
    (await lab.onMachine(first, ["etcdctl", ...access, ...argv], { maxBuffer: 2 ** 30 })).stdout;
  return {
    ...scene,
    machines,
    reached: [...machines, "jump"],
    api: await UserApi.open(kubeconfig),
    stacks: await MachineStacks.open(scene, profile),
    etcdctl: (argv) => etcdctl(["--endpoints=https://127.0.0.1:2379", ...argv]),
    etcdctlTo: (endpoints) => (argv) => etcdctl([`--endpoints=${endpoints.join(",")}`, ...argv]),
  };
}

const keys = "/etc/kubernetes/pki/etcd";
const access = [
  `--cacert=${keys}/ca.crt`,
  `--cert=${keys}/healthcheck-client.crt`,
  `--key=${keys}/healthcheck-client.key`,
];
