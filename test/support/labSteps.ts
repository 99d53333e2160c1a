import { ARGUMENTS_FORMAT } from "../../components/procedure/arguments";
import type { Found, FoundWorkload } from "../../components/procedure/ledgerRecord";
import { gdcKubeception } from "../../components/profiles/gdcKubeception";
import type { Lab } from "../../lab/lab";
import { runAct, type StepRun, type StepSurroundings } from "./directSteps";

/** Single steps of a restore against a lab, as a stack would run them, with a ledger of the test's own. */
export class LabSteps {
  constructor(private readonly lab: Lab) {}

  /** @param more adminKubeconfig: default, the lab's own; that of a proxy lets a step meet faults */
  run(act: string, id: string, more: StepSurroundings & { adminKubeconfig?: string } = {}): Promise<StepRun> {
    const { name, members, kubeconfig } = this.lab.userCluster();
    const { member, own, env, adminKubeconfig = this.lab.adminKubeconfig } = more;
    const args = {
      format: ARGUMENTS_FORMAT,
      operation: "restore",
      id,
      ...(member === undefined ? {} : { member }),
      ...(own === undefined ? {} : { own }),
      substrate: {
        kind: "hosted",
        namespace: name,
        adminKubeconfig,
        userKubeconfig: kubeconfig,
        names: { members, profile: gdcKubeception },
      },
      request: {},
    };
    return runAct(this.lab, act, args, env);
  }

  /** Writes the ledger of a restore that has come to a phase. @param fields instead of, or beside, what it would have */
  async ledger(id: string, phase: string, fields: Record<string, string> = {}): Promise<void> {
    const { name, members } = this.lab.userCluster();
    const found = {
      format: "2",
      kind: "restore",
      found: JSON.stringify(this.found()),
      names: JSON.stringify({ members, profile: gdcKubeception }),
      "live-revision": "0",
      bump: "0",
      revision: "1",
      pdb: "",
      open: "2026-01-01T00:00:00Z",
    };
    const data = { id, phase, ...found, [phase]: "2026-01-01T00:00:00Z", ...fields };
    await this.remove();
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "etcd-recovery", namespace: name },
      data,
    };
    await this.lab.kubectl(["create", "-f", "-"], { input: JSON.stringify(object) });
  }

  /** A field of the ledger; "" when there is none. */
  async field(name: string): Promise<string> {
    const { name: namespace } = this.lab.userCluster();
    const get = ["get", "configmap", "etcd-recovery", "--ignore-not-found", "-o", "json"];
    const { stdout } = await this.lab.kubectl(["-n", namespace, ...get]);
    return stdout === "" ? "" : (JSON.parse(stdout).data?.[name] ?? "");
  }

  async remove(): Promise<void> {
    const { name } = this.lab.userCluster();
    await this.lab.kubectl(["-n", name, "delete", "configmap", "etcd-recovery", "--ignore-not-found"]);
  }

  /** The servers as the lab has them. @param more beside them */
  found(...more: readonly FoundWorkload[]): Found {
    const { members, apiservers } = this.lab.userCluster();
    return {
      workloads: [
        {
          name: "StatefulSet/kube-etcd",
          part: "etcd",
          replicas: members,
          ready: members,
          selector: "app=kube-etcd",
        },
        {
          name: "StatefulSet/kube-apiserver",
          part: "apiServers",
          replicas: apiservers,
          ready: apiservers,
          selector: "app=kube-apiserver",
        },
        ...more,
      ],
      others: [],
      quorum: true,
    };
  }
}
