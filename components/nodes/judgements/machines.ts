import { type Refusal, refused } from "../../procedure/refusal";
import { type AdvancedFacts, type AdvancedRefusal, judgeAdvanced } from "../../profiles/gdcAdvanced";
import type { NodesProfile } from "../../profiles/nodesProfile";
import { type EtcdPod, etcdPodOf } from "../etcdPod";
import type { MachineFacts } from "../machineFacts";
import { parseStaticPod } from "../staticPod";

/** etcd of a machine as its manifest has it, or why it is none that can be worked on. */
export function etcdOf(
  { machine, manifests }: Pick<MachineFacts, "machine" | "manifests">,
  { manifests: directory, etcd }: Pick<NodesProfile, "manifests" | "etcd">,
): EtcdPod | Refusal {
  const path = `${directory}/${etcd.manifest}`;
  const text = manifests.get(etcd.manifest);
  if (text === undefined)
    return refused(
      "not-control-plane",
      `machine ${machine}: has no ${path}: it is no control plane with stacked etcd`,
      "Name the control plane's machines: pulumi config set --path 'machines[0].host' ADDRESS",
    );
  const pod = parseStaticPod(text);
  const found = pod === undefined ? "is no manifest of a Pod" : etcdPodOf(pod);
  if (typeof found !== "string") return found;
  return refused("etcd-unknown", `machine ${machine}: ${path} ${found}`, `Look at ${path} there.`);
}

/** The other manifests that belong to a control plane. */
export function judgeParts(
  { machine, manifests }: Pick<MachineFacts, "machine" | "manifests">,
  { manifests: directory, apiServer, controllers }: NodesProfile,
): Refusal | undefined {
  const absent = [apiServer.manifest, ...controllers].filter(
    (file) => parseStaticPod(manifests.get(file) ?? "") === undefined,
  );
  if (absent.length === 0) return undefined;
  return refused(
    "manifest-absent",
    `machine ${machine}: ${directory} has no ${absent.join(", ")}: without them nobody could stop what watches the swap`,
    `Put back what belongs there: ls ${directory}`,
  );
}

/** A kubelet reads whatever lies there: a copy of a manifest runs as soon as that is parked. */
export function judgeCopies(
  { machine, manifests, beside }: Pick<MachineFacts, "machine" | "manifests" | "beside">,
  { manifests: directory, state }: Pick<NodesProfile, "manifests" | "state">,
): Refusal | undefined {
  const own = new Set([...manifests.values()].map((text) => parseStaticPod(text)?.name));
  const copies = [...beside].flatMap(([name, text]) => {
    const pod = parseStaticPod(text)?.name;
    return pod !== undefined && own.has(pod) ? [`${directory}/${name} (${pod})`] : [];
  });
  if (copies.length === 0) return undefined;
  return refused(
    "manifest-twice",
    `machine ${machine}: ${copies.join(", ")}: a second manifest of a server that is stopped: the kubelet reads every file there, whatever its name ends with, and would start it`,
    `Move it away there: mv ${directory}/NAME ${state.replace(/\/[^/]+$/, "")}/`,
  );
}

/** What is swapped is the data directory alone: what lies elsewhere would be the former member's. */
export function judgeLog({ name, apart }: Pick<EtcdPod, "name" | "apart">): Refusal | undefined {
  if (apart === undefined) return undefined;
  return refused(
    "wal-apart",
    `machine ${name}: its etcd keeps ${apart} apart (--wal-dir, or a volume of its own), which is not swapped with its data`,
    "Give etcd no --wal-dir and no such volume: stop it, move what lies there to its place in its data directory (its log: member/wal), and start it again.",
  );
}

/** A machine's declared name is its member's: with another one it would be restored as a stranger. */
export function judgeName(machine: string, { name }: Pick<EtcdPod, "name">): Refusal | undefined {
  if (machine === name) return undefined;
  return refused(
    "member-other",
    `machine ${machine}: its etcd is member ${name}`,
    `Call the machine as its member is called: name: ${name}`,
  );
}

/** Whether the machines are an advanced cluster's of Google Distributed Cloud, as their API servers' images say it. */
export function judgeGeneration(
  facts: readonly Pick<MachineFacts, "manifests">[],
  { apiServer, role }: Pick<NodesProfile, "apiServer" | "role">,
  cluster: Pick<AdvancedFacts, "operation" | "cluster" | "profile" | "snapshot"> & {
    readonly userKubeconfig?: string | undefined;
  },
): AdvancedRefusal | undefined {
  const images = facts.map(({ manifests }) => parseStaticPod(manifests.get(apiServer.manifest) ?? "")?.image);
  const { userKubeconfig, ...named } = cluster;
  const adminKubeconfig = role === "admin" ? userKubeconfig : undefined;
  return judgeAdvanced({ ...named, role, adminKubeconfig, images });
}

/** Everything that is wrong with any of the machines, as one refusal: the first one's, with the others' sentences. */
export function judgeMachines(facts: readonly MachineFacts[], profile: NodesProfile): Refusal | undefined {
  const all = [judgeDistinct(facts), ...facts.flatMap((one) => judgeMachine(one, profile))];
  const [first, ...others] = all.filter((refusal) => refusal !== undefined);
  if (first === undefined) return undefined;
  return { ...first, message: [first, ...others].map(({ message }) => message).join("; ") };
}

function judgeMachine(facts: MachineFacts, profile: NodesProfile): readonly (Refusal | undefined)[] {
  const etcd = etcdOf(facts, profile);
  if (isRefusal(etcd)) return [etcd, judgePrograms(facts)];
  return [judgeName(facts.machine, etcd), judgeParts(facts, profile), judgePrograms(facts)];
}

/** Two addresses may be one machine's. Machines that were cloned may share an id, never a host name beside it. */
export function judgeDistinct(
  machines: readonly Pick<MachineFacts, "machine" | "machineId" | "hostname">[],
): Refusal | undefined {
  for (const [n, one] of machines.entries()) {
    const twin = machines
      .slice(0, n)
      .find(({ machineId, hostname }) => machineId === one.machineId && hostname === one.hostname);
    if (twin !== undefined)
      return refused(
        "machine-twice",
        `machines ${twin.machine} and ${one.machine} are one machine (${one.hostname}, id ${one.machineId})`,
        "Name each machine of the control plane once: pulumi config set --path 'machines[0].host' ADDRESS",
      );
  }
  return undefined;
}

/** What the scripts cannot do without. */
export function judgePrograms({
  machine,
  missing,
}: Pick<MachineFacts, "machine" | "missing">): Refusal | undefined {
  if (missing.length === 0) return undefined;
  return refused(
    "programs-absent",
    `machine ${machine}: has no ${missing.join(", no ")}`,
    "Install it there (flock: util-linux; ctr: containerd, or crictl).",
  );
}

/** Certificates and leases go by the clock. */
const MOST_SKEW_SECONDS = 60;

export function noteSkew({
  machine,
  skewSeconds,
}: Pick<MachineFacts, "machine" | "skewSeconds">): string | undefined {
  if (Math.abs(skewSeconds) <= MOST_SKEW_SECONDS) return undefined;
  const way = skewSeconds > 0 ? "ahead of" : "behind";
  return `machine ${machine}: its clock is ${Math.abs(skewSeconds)} s ${way} this one's: certificates and leases go by it`;
}

/** A kubelet starts a container that has crashed again and again up to five minutes late (its own longest back-off). */
export function noteBackOff({
  machine,
  hasCrictl,
}: Pick<MachineFacts, "machine" | "hasCrictl">): string | undefined {
  if (hasCrictl) return undefined;
  return `machine ${machine}: has no crictl: an etcd that has crashed again and again is started up to 5 minutes late; should the update end before, 'pulumi up' goes on`;
}

/** What is neither stopped nor looked at: an address or a balancer in front of the API servers, as a rule. */
export function noteOthers({
  machine,
  others,
}: Pick<MachineFacts, "machine" | "others">): string | undefined {
  if (others.length === 0) return undefined;
  return `machine ${machine}: ${others.join(", ")} stay as they are: static Pods that are left running`;
}

/** A member that is left out would go on in the cluster of before, beside the restored one. */
export function judgeAllMembers(declared: readonly string[], listed: readonly string[]): Refusal | undefined {
  const forgotten = listed.filter((name) => !declared.includes(name));
  if (forgotten.length === 0) return undefined;
  return refused(
    "members-other",
    `machines: etcd has the member ${forgotten.join(", ")} too: all members are restored, or it would go on as the cluster of before`,
    "Name its machine too, or remove it from etcd first: etcdctl member remove ID",
  );
}

export const isRefusal = (value: EtcdPod | Refusal): value is Refusal => "code" in value;
