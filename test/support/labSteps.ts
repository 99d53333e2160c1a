import { gdcKubeception } from "../../components/profiles/gdcKubeception";
import { planHostedRestore } from "../../components/restore/restorePlan";
import { operatorScript } from "../../components/restore/restoreScripts";
import { imageNames } from "../../lab/images/labImages";
import type { Lab } from "../../lab/lab";

/** How a step ended. */
export interface StepEnd {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Single steps of a restore against a lab, as a stack would run them, with a ledger of the test's own. */
export class LabSteps {
  constructor(private readonly lab: Lab) {}

  async run(script: string, id: string, extra: Record<string, string> = {}): Promise<StepEnd> {
    const { name, members, kubeconfig } = this.lab.userCluster();
    const plan = planHostedRestore({
      cluster: {
        name,
        namespace: name,
        members,
        profile: gdcKubeception,
        adminKubeconfig: this.lab.adminKubeconfig,
        userKubeconfig: kubeconfig,
      },
      id,
      snapshot: { path: "/nowhere", sizeBytes: 1, sha256: "0", revision: "1" },
      utilityImage: imageNames.etcdUtil,
    });
    const env = { ...plan.environment, ...extra };
    const ran = await this.lab.run(["/bin/sh", "-c", operatorScript(script), script], { env, reject: false });
    return { exitCode: ran.exitCode, stdout: ran.stdout, stderr: ran.stderr };
  }

  /** Writes the ledger of a restore that has come to a phase. */
  async ledger(id: string, phase: string, fields: Record<string, string> = {}): Promise<void> {
    const { name, members, apiservers } = this.lab.userCluster();
    const found = {
      etcd: String(members),
      apiserver: String(apiservers),
      "etcd-selector": "app=kube-etcd",
      "apiserver-selector": "app=kube-apiserver",
      controllers: "",
      quorum: "true",
      "live-revision": "0",
      bump: "0",
      revision: "1",
      pdb: "",
    };
    const data = { id, phase, ...found, ...fields };
    await this.remove();
    const literals = Object.entries(data).map(([key, value]) => `--from-literal=${key}=${value}`);
    await this.lab.kubectl(["-n", name, "create", "configmap", "etcd-recovery", ...literals]);
  }

  async remove(): Promise<void> {
    const { name } = this.lab.userCluster();
    await this.lab.kubectl(["-n", name, "delete", "configmap", "etcd-recovery", "--ignore-not-found"]);
  }
}
