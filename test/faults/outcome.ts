import { ControlPlane } from "../../lab/demo/controlPlane";
import type { Lab, UserCluster } from "../../lab/lab";
import { waitFor } from "../../lab/waiting";
import type { JudgedSituation } from "./restorable";

/** What a user cluster is judged by after an interrupted restore. */
export interface Situation extends JudgedSituation {
  readonly replicas: unknown;
  readonly pdb: string | undefined;
}

/** `failed`: it did not get through although no fault had met it. */
export type Outcome = "restored" | "previous" | "lost" | "failed" | "unreached";

/** Compares with what was found before: all else as found, and one of the two states of data, whole. */
export function judge(found: JudgedSituation, now: JudgedSituation): Outcome {
  const rest = ({ objects: _, ...others }: JudgedSituation) => JSON.stringify(others);
  if (rest(found) !== rest(now)) return "lost";
  const objects = now.objects.join(" ");
  if (objects === "configmap/before") return "restored";
  return objects === "configmap/after configmap/before" ? "previous" : "lost";
}

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

  /** Another path to the address than the restore's own may learn of the API servers a moment later. */
  private async user(...argv: string[]): Promise<string> {
    const what = `kubectl ${argv.join(" ")} to be answered`;
    return waitFor(
      { what, timeoutSeconds: 30 },
      async () => (await this.lab.userKubectl(this.cluster.name, argv)).stdout,
    );
  }
}
