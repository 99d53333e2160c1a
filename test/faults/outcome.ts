import { ControlPlane } from "../../lab/demo/controlPlane";
import type { Lab, UserCluster } from "../../lab/lab";
import { waitFor } from "../../lab/waiting";

/** What a cluster is judged by after an interrupted restore. */
export interface Situation {
  readonly replicas: unknown;
  readonly pdb: string | undefined;
  /** Names of the ConfigMaps that tell the data apart: "before" is in the snapshot, "after" was made later. */
  readonly objects: readonly string[];
}

export type Outcome = "restored" | "previous" | "lost" | "unreached";

const label = "test=interruption";

/** A user cluster with marked objects: which data it has can be told from outside. */
export class MarkedCluster {
  private readonly controlPlane: ControlPlane;

  /** @param cluster default, the lab's first */
  constructor(
    private readonly lab: Lab,
    private readonly cluster: UserCluster = lab.userCluster(),
  ) {
    this.controlPlane = new ControlPlane(lab, cluster);
  }

  async put(name: string): Promise<void> {
    await this.user("create", "configmap", name);
    await this.user("label", "configmap", name, label);
  }

  async remove(name: string): Promise<void> {
    await this.user("delete", "configmap", name, "--ignore-not-found");
  }

  async situation(): Promise<Situation> {
    return {
      replicas: await this.controlPlane.replicas(),
      pdb: await this.controlPlane.pdb(),
      objects: (await this.user("get", "configmaps", "-l", label, "-o", "name")).split("\n"),
    };
  }

  /** Compares with what was found before: replicas and budget as found, and one of the two states of data, whole. */
  judge(found: Situation, now: Situation): Outcome {
    const alike = JSON.stringify([found.replicas, found.pdb]) === JSON.stringify([now.replicas, now.pdb]);
    if (!alike) return "lost";
    const objects = now.objects.join(" ");
    if (objects === "configmap/before") return "restored";
    return objects === "configmap/after configmap/before" ? "previous" : "lost";
  }

  /** Another path to the address than the restore's own may learn of the API servers a moment later. */
  private async user(...argv: string[]): Promise<string> {
    const what = `kubectl ${argv.join(" ")} to be answered`;
    return waitFor(
      { what, timeoutSeconds: 30 },
      async () => (await this.lab.userKubectl(this.cluster.name, argv)).stdout,
    );
  }
}
