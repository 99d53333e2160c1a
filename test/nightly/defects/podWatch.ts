import { createInterface } from "node:readline";
import type { ExecaChildProcess } from "execa";
import type { Lab } from "../../../lab/lab";

interface WatchedPod {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly status?: { readonly phase?: string };
}

/** Sees which utility Pods lived whenever a Pod of etcd was made: on another node it would wait for their volume. */
export class PodWatch {
  private readonly living = new Set<string>();
  private readonly known = new Set<string>();
  /** Members' Pods that were made, each with the utility Pods that lived then. */
  private readonly made: { readonly pod: string; readonly beside: readonly string[] }[] = [];

  private constructor(private readonly watch: ExecaChildProcess) {
    if (watch.stdout === null) throw new Error("kubectl has no standard output");
    createInterface(watch.stdout).on("line", (line) => {
      const { type, object } = JSON.parse(line) as { type: string; object: WatchedPod };
      this.see(object, type === "DELETED");
    });
  }

  /** Begins with what is there. */
  static async start(lab: Lab): Promise<PodWatch> {
    const { name } = lab.userCluster();
    const path = `/api/v1/namespaces/${name}/pods`;
    const list = JSON.parse((await lab.kubectl(["get", "--raw", path])).stdout);
    const from = `${path}?watch=true&timeoutSeconds=900&resourceVersion=${list.metadata.resourceVersion}`;
    const watch = new PodWatch(lab.kubectl(["get", "--raw", from], { reject: false, buffer: false }));
    for (const pod of list.items as WatchedPod[]) watch.see(pod, false);
    watch.made.length = 0;
    return watch;
  }

  /** @returns members' Pods that were made meanwhile */
  async stop() {
    this.watch.kill();
    await this.watch;
    return this.made;
  }

  private see({ metadata, status }: WatchedPod, isDeleted: boolean): void {
    const { name, uid, labels = {} } = metadata;
    if (labels["etcd-recovery/member"] !== undefined) {
      const lives = !isDeleted && (status?.phase === "Pending" || status?.phase === "Running");
      if (lives) this.living.add(name);
      else this.living.delete(name);
    } else if (/^kube-etcd-\d+$/.test(name) && !this.known.has(uid)) {
      this.known.add(uid);
      this.made.push({ pod: name, beside: [...this.living] });
    }
  }
}
