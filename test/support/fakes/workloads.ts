import type { Found, FoundWorkload, OtherWorkload } from "../../../components/procedure/ledgerRecord";
import type { Refusal } from "../../../components/procedure/refusal";
import type {
  Budget,
  Permit,
  Readiness,
  Still,
  UserApi,
  Workloads,
} from "../../../components/procedure/substrate";
import type { Calls } from "./calls";

/** A workload as it is now. */
export interface FakeWorkload {
  readonly part: FoundWorkload["part"];
  wanted: number;
  /** How many of the wanted ones can become ready; the rest is sick. */
  healthy: number;
  crashing: boolean;
  /** Instances that do not end, as on a node that does not answer. */
  stuck: string[];
  by: string;
  namespace?: string;
  ordered?: boolean;
  unelected?: boolean;
  /** An autoscaler wrote the wanted number. */
  autoscaled?: boolean;
}

const make = (part: FoundWorkload["part"], wanted: number): FakeWorkload => ({
  ...{ part, wanted, healthy: wanted, crashing: false, stuck: [], by: "" },
});

/** Servers and controllers in memory; what is told to start is ready at once, as far as it is healthy. */
export class FakeWorkloads implements Workloads {
  readonly of: Map<string, FakeWorkload>;
  refusals: Refusal[] = [];
  notes: string[] = [];
  others: OtherWorkload[] = [];
  troubles: string[] = ["its Pod does not start"];
  restarted: string[] = [];

  constructor(
    private readonly calls: Calls,
    private readonly hasQuorum: () => boolean,
    members: number,
  ) {
    this.of = new Map([
      ["StatefulSet/kube-etcd", make("etcd", members)],
      ["StatefulSet/kube-apiserver", make("apiServers", 3)],
      ["Deployment/kube-controller-manager", make("controllers", 1)],
      ["Deployment/kube-scheduler", make("controllers", 1)],
      ["Deployment/etcd-defrag", make("maintenance", 1)],
    ]);
  }

  workload(name: string): FakeWorkload {
    const workload = this.of.get(name);
    if (workload === undefined) throw new Error(`no workload ${name}`);
    return workload;
  }

  ready(name: string): number {
    const { wanted, healthy, crashing } = this.workload(name);
    return crashing ? 0 : Math.min(wanted, healthy);
  }

  find() {
    return this.calls.make("workloads.find", () => ({
      found: this.found(),
      refusals: this.refusals,
      notes: this.notes,
    }));
  }

  found(): Found {
    const workloads = [...this.of].map(
      ([name, { part, wanted, namespace, ordered, unelected }]): FoundWorkload => ({
        ...{ name, part, replicas: wanted, ready: this.ready(name), selector: `app=${name.split("/")[1]}` },
        ...(namespace === undefined ? {} : { namespace }),
        ...(ordered === undefined ? {} : { ordered }),
        ...(unelected === undefined ? {} : { unelected }),
      }),
    );
    return { workloads, others: this.others, quorum: this.hasQuorum() };
  }

  stop({ name }: FoundWorkload, permit: Permit): Promise<void> {
    return this.set("stop", name, 0, permit);
  }

  start({ name, replicas }: FoundWorkload, permit: Permit): Promise<void> {
    return this.set("start", name, replicas, permit);
  }

  still(workloads: readonly FoundWorkload[]): Promise<readonly Still[]> {
    return this.calls.make(`workloads.still ${workloads.map(({ name }) => name).join(",")}`, () =>
      workloads.flatMap(({ name }) => {
        const { wanted, stuck, by } = this.workload(name);
        if (wanted === 0 && stuck.length === 0) return [];
        const instances = [
          ...stuck,
          ...Array.from({ length: wanted }, (_, n) => `${name.split("/")[1]}-${n}`),
        ];
        return [{ workload: name, wanted, instances, by, events: [] }];
      }),
    );
  }

  readiness({ name }: FoundWorkload): Promise<Readiness> {
    return this.calls.make(`workloads.readiness ${name}`, () => {
      const { wanted, autoscaled } = this.workload(name);
      return { ready: this.ready(name), wanted, ...(autoscaled === undefined ? {} : { autoscaled }) };
    });
  }

  crashing({ name }: FoundWorkload): Promise<boolean> {
    return this.calls.make(`workloads.crashing ${name}`, () => this.workload(name).crashing);
  }

  renew({ name }: FoundWorkload): Promise<void> {
    return this.calls.make(`workloads.renew ${name}`, () => undefined);
  }

  trouble({ name }: FoundWorkload): Promise<readonly string[]> {
    return this.calls.make(`workloads.trouble ${name}`, () => this.troubles);
  }

  restart(name: string, namespace: string | undefined): Promise<Readiness> {
    return this.calls.make(`workloads.restart ${namespace ?? ""}/${name}`, () => {
      this.restarted.push(name);
      return { ready: 1, wanted: 1 };
    });
  }

  private set(verb: "stop" | "start", name: string, replicas: number, permit: Permit): Promise<void> {
    return this.calls.make(`workloads.${verb} ${name}`, async () => {
      await permit();
      this.workload(name).wanted = replicas;
    });
  }
}

/** A budget in memory; "" is none. */
export class FakeBudget implements Budget {
  live = '{"minAvailable":1}';

  constructor(private readonly calls: Calls) {}

  read(): Promise<string> {
    return this.calls.make("budget.read", () => this.live);
  }

  remove(saved: string, permit: Permit): Promise<void> {
    return this.calls.make("budget.remove", async () => {
      await permit();
      if (this.live === saved) this.live = "";
    });
  }

  restore(saved: string): Promise<void> {
    return this.calls.make("budget.restore", () => {
      if (this.live === "") this.live = saved;
    });
  }

  differences(saved: string): Promise<readonly string[]> {
    return this.calls.make("budget.differences", () =>
      this.live === saved ? [] : [`it is ${this.live || "absent"}`],
    );
  }
}

/** The restored cluster's own address, in memory. */
export class FakeUserApi implements UserApi {
  known = true;
  uid: string | undefined = "11111111-aaaa";
  readonly leases = new Map<string, { holder: string; renewed: string }>([
    ["kube-controller-manager", { holder: "gone", renewed: "2026-01-01T00:00:00Z" }],
    ["kube-scheduler", { holder: "gone", renewed: "2026-01-01T00:00:00Z" }],
  ]);
  /** Whether a lease whose holder is empty is taken, and renewed at every look. */
  taken = true;
  private looks = 0;

  constructor(
    private readonly calls: Calls,
    /** Whether its servers serve. */
    private readonly serves: () => boolean,
  ) {}

  answers(): Promise<boolean> {
    return this.calls.make("userApi.answers", () => this.known && this.serves());
  }

  clusterUid(): Promise<string | undefined> {
    return this.calls.make("userApi.clusterUid", () => (this.known && this.serves() ? this.uid : undefined));
  }

  leaseRenewed(name: string): Promise<string | undefined> {
    return this.calls.make(`userApi.leaseRenewed ${name}`, () => {
      const lease = this.leases.get(name);
      if (lease !== undefined && lease.holder === "" && this.taken) {
        this.looks += 1;
        lease.renewed = new Date(Date.UTC(2026, 1, 1) + this.looks * 1000).toISOString();
      }
      return lease?.renewed;
    });
  }

  releaseLease(name: string): Promise<void> {
    return this.calls.make(`userApi.releaseLease ${name}`, () => {
      const lease = this.leases.get(name);
      if (lease !== undefined) lease.holder = "";
    });
  }
}
