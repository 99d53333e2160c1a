import type { Fence, FenceState, ScaledWorkload, WorkloadPod } from "../../../components/procedure/fence";
import type { Permit } from "../../../components/procedure/substrate";
import type { Calls } from "./calls";

/** A workload of the restored cluster, behind the fence. */
interface FakeScaled {
  replicas: number;
  owner?: string;
  /** Names of its Pods; removing one keeps those with a finalizer. */
  pods: string[];
  finalizers: readonly string[];
}

/** One machine's fence in memory, and the cluster behind it, which answers while its API server runs there. */
export class FakeFence implements Fence {
  readonly of = new Map<string, FakeScaled>();
  stands = false;
  behind = false;
  opened = false;

  constructor(private readonly calls: Calls) {}

  put(name: string, replicas: number, more: Partial<FakeScaled> = {}): void {
    const pods = Array.from({ length: replicas }, (_, n) => `${name.split("/").at(-1)}-${n}`);
    this.of.set(name, { replicas, pods, finalizers: [], ...more });
  }

  /** As a machine that is started anew finds itself. */
  reboot(): void {
    this.stands = false;
    this.behind = false;
  }

  raise = (_: string, permit: Permit) =>
    this.calls.make("fence.raise", async () => {
      await permit();
      this.stands = true;
    });
  start = (_: string, { name }: { readonly name: string }, permit: Permit) =>
    this.calls.make(`fence.start ${name}`, async () => {
      await permit();
      this.behind = true;
    });
  state = (): Promise<FenceState> =>
    this.calls.make("fence.state", () => ({
      missing: this.stands && this.behind ? [] : ["cp-1"],
      loose: this.opened ? ["cp-1"] : [],
      closed: this.opened && !this.stands ? [] : ["cp-1"],
    }));
  open = (permit: Permit) =>
    this.calls.make("fence.open", async () => {
      await permit();
      this.stands = false;
      this.opened = true;
    });
  lift = (permit: Permit) =>
    this.calls.make("fence.lift", async () => {
      await permit();
      this.reboot();
    });

  readonly cluster = {
    answers: () => this.calls.make("inside.answers", () => this.behind || this.opened),
    workloads: () =>
      this.calls.make("inside.workloads", () =>
        [...this.of].map(([name, { replicas, owner }]): ScaledWorkload => ({ name, replicas, owner })),
      ),
    scale: (name: string, replicas: number) =>
      this.calls.make(`inside.scale ${name} ${replicas}`, () => {
        const workload = this.of.get(name);
        if (workload !== undefined) workload.replicas = replicas;
        return workload !== undefined;
      }),
    podsOf: (name: string) =>
      this.calls.make(`inside.podsOf ${name}`, () => {
        const { pods = [], finalizers = [] } = this.of.get(name) ?? {};
        return pods.map((pod): WorkloadPod => ({ name: `ns/${pod}`, uid: pod, finalizers }));
      }),
    remove: ({ uid, finalizers }: WorkloadPod) =>
      this.calls.make(`inside.remove ${uid}`, () => {
        if (finalizers.length > 0) return;
        for (const workload of this.of.values()) workload.pods = workload.pods.filter((pod) => pod !== uid);
      }),
  };
}
