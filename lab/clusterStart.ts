import { join } from "node:path";
import { clusterDns, clusterRights } from "./clusters/addons";
import { awaitControlPlane, awaitStaticPods } from "./clusters/controlPlaneHealth";
import { asList, type Manifest, secretField } from "./clusters/manifest";
import { applyUserCluster, awaitUserCluster } from "./clusters/userCluster";
import type { Lab } from "./lab";
import type { LabDirectory } from "./labDirectory";
import { type LabState, machineNamesOf } from "./labState";
import type { Machine } from "./machines/machine";
import { isControlPlane, isNode } from "./machines/machineRoles";
import { routeAddress } from "./machines/network";
import { operatorKey } from "./machines/sshDaemon";
import type { Log } from "./progress";
import { shapes } from "./shapes";
import { patient, waitUntil } from "./waiting";

/** What a start of a lab puts into its cluster, and waits for, once the machines run. */
export class ClusterStart {
  constructor(
    private readonly lab: Lab,
    private readonly paths: LabDirectory,
    private readonly state: LabState,
    private readonly workstation: Machine,
    private readonly log: Log,
  ) {}

  async run(): Promise<void> {
    await this.#awaitApiServer();
    await this.#fill();
    for (const cluster of this.state.userClusters) {
      await routeAddress(this.workstation, cluster.address, this.state.workers);
      await applyUserCluster(this.lab, this.paths, cluster, this.state.workers.length);
    }
    await this.#awaitNodes();
    if (this.#machines.length > 1) {
      await awaitControlPlane(this.lab, this.paths, this.#machines);
      this.log(`${this.#machines.length} members are healthy, and as many API servers ready`);
    }
    await awaitStaticPods(this.lab, this.#machines);
    if (this.state.workers.length > 0) {
      const rollout = ["rollout", "status", "deployment/coredns", `--timeout=${patient(120)}s`];
      await this.lab.kubectl(["-n", "kube-system", ...rollout]);
      this.log("DNS answers");
    }
    for (const cluster of this.state.userClusters) {
      await awaitUserCluster(this.lab, cluster);
      this.log(`user cluster ${cluster.name} serves at https://${cluster.address}`);
    }
  }

  get #machines() {
    return shapes[this.state.shape].controlPlane;
  }

  async #awaitApiServer(): Promise<void> {
    const [first = "admin-cp"] = this.#machines;
    const remedy = `Read the logs in ${this.paths.machine(first).logs}`;
    await waitUntil({ what: "the cluster's API server", timeoutSeconds: 120, remedy }, async () => {
      await this.#asSuperAdmin(["get", "--raw", "/readyz"]);
      return true;
    });
    this.log("the cluster's API server answers");
  }

  #asSuperAdmin(argv: readonly string[], input?: string) {
    const kubeconfig = this.paths.adminConf(`${this.#machines[0]}/super-admin`);
    const kubectl = [join(this.state.toolsDirectory, "kubectl"), "--kubeconfig", kubeconfig];
    return this.lab.run(
      [...kubectl, ...argv],
      input === undefined ? { timeout: patient(5) * 1000 } : { input },
    );
  }

  async #fill(): Promise<void> {
    // Not validated by kubectl, which would first fetch all schemas within a time of its own: the types have done that.
    const apply = ["apply", "--server-side", "--validate=false", "-f", "-"];
    await this.#asSuperAdmin(apply, asList(clusterRights()));
    // Where nothing but the control plane runs, nobody asks for a name, and nothing could answer.
    const dns = this.state.workers.length > 0 ? clusterDns() : [];
    const manifests = [...dns, ...(await this.#sshSecret())];
    if (manifests.length > 0) {
      await this.lab.kubectl(apply, { input: asList(manifests) });
    }
  }

  /** The operators' key where this kind of cluster keeps it, with the namespace where it is none of Kubernetes' own. */
  async #sshSecret(): Promise<Manifest[]> {
    const place = shapes[this.state.shape].sshSecret;
    if (place === undefined) {
      return [];
    }
    const { namespace } = place;
    const own = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    const secret = await secretField(place, join(this.paths.ssh, operatorKey));
    return namespace === "kube-system" ? [secret] : [own, secret];
  }

  async #awaitNodes(): Promise<void> {
    const names = machineNamesOf(this.state).filter(isNode);
    const nodes = names.map((name) => `node/${name}`);
    const remedy = `Read ${names.map((name) => this.paths.machine(name).log("kubelet")).join(", ")}`;
    await waitUntil({ what: "the nodes to register", timeoutSeconds: 180, remedy }, async () => {
      await this.lab.kubectl(["get", ...nodes, "-o", "name"]);
      return true;
    });
    const roles = ["node-role.kubernetes.io/control-plane=", "node-role.kubernetes.io/master="];
    const controlPlane = names.filter(isControlPlane).map((name) => `node/${name}`);
    await this.lab.kubectl(["label", "--overwrite", ...controlPlane, ...roles]);
    await this.lab.kubectl(["wait", "--for=condition=Ready", `--timeout=${patient(120)}s`, ...nodes]);
    this.log(`${nodes.length} ${nodes.length === 1 ? "node is" : "nodes are"} Ready`);
  }
}
