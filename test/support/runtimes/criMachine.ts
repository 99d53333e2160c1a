import { imageNames } from "../../../lab/images/labImages";
import { criConfig } from "../../../lab/machines/nodeRuntime";
import type { Tools } from "../../../lab/tools/provideTools";
import type { BareMachine } from "./bareMachine";
import { etcdCommand } from "./etcdCommand";

const disk = "/var/lib/local";
const socket = "/run/crio/crio.sock";

/** A Pod of a kubelet's on the host's network, as CRI knows it. */
const pod = {
  metadata: { name: "etcd-cp-a", namespace: "kube-system", uid: "1" },
  log_directory: "/var/log/pods/kube-system_etcd-cp-a_1",
  linux: { security_context: { namespace_options: { network: 2 } } },
} as const;

/**
 * containerd with its CRI, on a machine of its own, where CRI-O's socket is: whoever asks by the name of the socket takes
 * it for CRI-O and speaks CRI. Beside it the socket has containerd's own name.
 */
export class CriMachine {
  /** What the kubelet is told of the one and of the other. */
  static readonly endpoints = {
    crictl: `unix://${socket}`,
    ctr: "unix:///run/containerd/containerd.sock",
  } as const;

  private constructor(private readonly bare: BareMachine) {}

  /** Programs that it needs on its machine. */
  static programs(tools: Tools): Record<string, string> {
    return { crictl: tools.path("crictl") };
  }

  static async on(bare: BareMachine, tools: Tools): Promise<CriMachine> {
    const cri = new CriMachine(bare);
    await bare.machine.writeFile(`${disk}/config.toml`, criConfig);
    await bare.run(["mkdir", "-p", "/run/crio", "/run/containerd"]);
    const argv = ["containerd", "--config", `${disk}/config.toml`, "--address", socket];
    await bare.daemon("containerd", argv, socket);
    await bare.run(["ln", "-s", socket, "/run/containerd/containerd.sock"]);
    for (const name of [imageNames.etcd, imageNames.pause]) {
      await bare.putImage(name, tools, `${disk}/image.tar`);
      await cri.ctr("images", "import", `${disk}/image.tar`);
    }
    return cri;
  }

  ctr(...argv: readonly string[]): Promise<string> {
    return this.bare.run(["ctr", "--namespace", "k8s.io", ...argv]);
  }

  crictl(...argv: readonly string[]): Promise<string> {
    return this.bare.run(["crictl", "--runtime-endpoint", CriMachine.endpoints.crictl, ...argv]);
  }

  /** Starts a Pod's sandbox. @returns its id */
  async runPod(): Promise<string> {
    return this.crictl("runp", await this.#write("pod.json", pod));
  }

  /**
   * Runs an etcd in a Pod.
   *
   * @param name of the container
   * @param data directory of the machine that is etcd's
   * @param attempt how many times the kubelet has started it before
   * @returns the container's id
   */
  async runEtcd(sandbox: string, name: string, data: string, attempt = 0): Promise<string> {
    await this.bare.run(["mkdir", "-p", data]);
    const container = await this.#write("container.json", {
      metadata: { name, attempt },
      image: { image: imageNames.etcd },
      command: etcdCommand,
      labels: {
        "io.kubernetes.container.name": name,
        "io.kubernetes.pod.name": pod.metadata.name,
        "io.kubernetes.pod.namespace": pod.metadata.namespace,
      },
      log_path: `${name}/${attempt}.log`,
      mounts: [{ container_path: "/var/lib/etcd", host_path: data }],
      linux: {},
    });
    const id = await this.crictl("create", sandbox, container, await this.#write("pod.json", pod));
    await this.crictl("start", id);
    return id;
  }

  async #write(name: string, content: object): Promise<string> {
    const path = `${disk}/${name}`;
    await this.bare.machine.writeFile(path, JSON.stringify(content));
    return path;
  }
}
