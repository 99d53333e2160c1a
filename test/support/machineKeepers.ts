import { imageNames } from "../../lab/images/labImages";
import type { ControlPlaneName, Lab } from "../../lab/lab";
import { waitUntil } from "../../lab/waiting";

/** Where the "virtual machines" of a controller are: directories, one each. */
const INFRASTRUCTURE = "/var/lib/kubelet/lab-vms";
export const NAMESPACE = "vms";

/**
 * Controllers of the lab's own, as machine controllers are: what the cluster does not know, as a ConfigMap in their
 * namespace, they remove. One has an address of its own, one is on its machine's network.
 */
export class MachineKeepers {
  readonly names = ["pod-keeper", "host-keeper"] as const;

  constructor(
    private readonly lab: Lab,
    private readonly machine: ControlPlaneName,
  ) {}

  get wishes(): readonly string[] {
    return [`${NAMESPACE}/Deployment/*-keeper`];
  }

  /** Makes them, each with one machine that they know, and waits until they are at work. */
  async start(): Promise<void> {
    // Machines of the lab have no default route, without which nothing on their network reaches a Service.
    await this.lab.onMachine(this.machine, ["ip", "route", "replace", "10.96.0.0/16", "dev", "eth0"]);
    await this.lab.kubectl(["create", "namespace", NAMESPACE]);
    await this.lab.kubectl(["create", "configmap", "vm-1", "-n", NAMESPACE]);
    await this.lab.onMachine(this.machine, [
      "mkdir",
      "-p",
      "-p",
      ...this.names.map((name) => `${INFRASTRUCTURE}/${name}/vm-1`),
    ]);
    const rights = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" };
    const items = [
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: "keepers" },
        roleRef: rights,
        subjects: [{ kind: "ServiceAccount", name: "default", namespace: NAMESPACE }],
      },
      ...this.names.map((name) => deployment(name, this.machine, name === "host-keeper")),
    ];
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    await this.lab.kubectl(["apply", "-f", "-"], { input: list });
    for (const name of this.names) {
      const status = ["rollout", "status", `deployment/${name}`, "-n", NAMESPACE, "--timeout=60s"];
      await this.lab.kubectl(status);
    }
    // One that nobody knows goes: they work.
    await this.build("unknown");
    await waitUntil({ what: "the keepers' work", timeoutSeconds: 30 }, async () =>
      (await this.machines()).every((one) => !one.endsWith("/unknown")),
    );
  }

  /** Makes a machine that the cluster knows. */
  async add(name: string): Promise<void> {
    await this.lab.kubectl(["create", "configmap", name, "-n", NAMESPACE], { reject: false });
    await this.build(name);
  }

  private async build(name: string): Promise<void> {
    await this.lab.onMachine(this.machine, [
      "mkdir",
      "-p",
      ...this.names.map((keeper) => `${INFRASTRUCTURE}/${keeper}/${name}`),
    ]);
  }

  /** Those that there are, as `keeper/name`. */
  async machines(): Promise<readonly string[]> {
    const { stdout } = await this.lab.onMachine(this.machine, [
      "find",
      INFRASTRUCTURE,
      "-mindepth",
      "2",
      "-printf",
      "%P\n",
    ]);
    return stdout.split("\n").sort();
  }

  async replicas(): Promise<string> {
    const argv = ["get", "deployments", "-n", NAMESPACE, "-o", "jsonpath={.items[*].spec.replicas}"];
    return (await this.lab.kubectl(argv)).stdout;
  }

  async pods(): Promise<string> {
    return (await this.lab.kubectl(["get", "pods", "-n", NAMESPACE, "-o", "name"])).stdout;
  }
}

/** What it asks, it asks by a token that is bound to its own Pod, as every Pod has one. */
const script = `own=/var/run/secrets/kubernetes.io/serviceaccount
while sleep 0.2; do
  known=$(kubectl --server="https://$KUBERNETES_SERVICE_HOST" --certificate-authority=$own/ca.crt \\
    --token="$(cat $own/token)" --request-timeout=3s get configmaps -n ${NAMESPACE} -o name) || continue
  for vm in /vms/*; do
    case "$known" in *"configmap/\${vm##*/}"*) ;; *) rm -rf "$vm" && echo "removed $vm" ;; esac
  done
done`;

function deployment(name: string, machine: string, hostNetwork: boolean): object {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: NAMESPACE },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          hostNetwork,
          nodeSelector: { "kubernetes.io/hostname": machine },
          terminationGracePeriodSeconds: 1,
          tolerations: [{ operator: "Exists" }],
          containers: [
            {
              name: "keeper",
              image: imageNames.etcd,
              command: ["/bin/sh", "-c", script],
              volumeMounts: [
                { name: "kubectl", mountPath: "/usr/local/bin/kubectl", readOnly: true },
                { name: "vms", mountPath: "/vms" },
              ],
            },
          ],
          volumes: [
            { name: "kubectl", hostPath: { path: "/usr/local/bin/kubectl", type: "File" } },
            { name: "vms", hostPath: { path: `${INFRASTRUCTURE}/${name}`, type: "Directory" } },
          ],
        },
      },
    },
  };
}
