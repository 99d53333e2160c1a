import { join } from "node:path";
import { imageNames } from "../../../lab/images/labImages";
import type { Tools } from "../../../lab/tools/provideTools";
import { unpackedPackages } from "../unpackedPackages";
import type { BareMachine } from "./bareMachine";
import { etcdCommand } from "./etcdCommand";

const disk = "/var/lib/local/images";
const containerdSocket = "/run/containerd/containerd.sock";

/** Its directories that are no overlay. */
export const dockerMounts = ["/var/lib/docker"] as const;

/** Debian's Docker with Debian's containerd, as their packages start them, on a machine of its own. */
export class DockerMachine {
  private constructor(readonly bare: BareMachine) {}

  /** Programs that it needs on its machine. */
  static async programs(): Promise<Record<string, string>> {
    const unpacked = await unpackedPackages("debian-docker", ["docker.io"], "usr/bin/docker");
    return { docker: join(unpacked, "usr/bin/docker"), dockerd: join(unpacked, "usr/sbin/dockerd") };
  }

  /** Starts it on a machine, with the image of etcd. */
  static async on(bare: BareMachine, tools: Tools): Promise<DockerMachine> {
    const docker = new DockerMachine(bare);
    await bare.daemon("containerd", ["containerd"], containerdSocket);
    await docker.startDaemon();
    await docker.#load(tools);
    return docker;
  }

  /** No network but the machine's own, which is loopback. */
  async startDaemon(): Promise<void> {
    const argv = ["dockerd", "--bridge=none", "--iptables=false"];
    await this.bare.daemon("dockerd", argv, "/run/docker.sock");
  }

  /** Docker of this version loads no OCI layout; what containerd exports it does. */
  async #load(tools: Tools): Promise<void> {
    await this.bare.putImage(imageNames.etcd, tools, `${disk}/etcd.tar`);
    const ctr = ["ctr", "--namespace", "scratch"];
    await this.bare.run([...ctr, "images", "import", `${disk}/etcd.tar`]);
    await this.bare.run([...ctr, "images", "export", `${disk}/docker.tar`, imageNames.etcd]);
    await this.run("load", "--input", `${disk}/docker.tar`);
    await this.bare.run([...ctr, "images", "remove", "--sync", imageNames.etcd]);
    await this.bare.run(["ctr", "namespaces", "remove", "scratch"]);
  }

  /** Output of a command of Docker's. */
  run(...argv: readonly string[]): Promise<string> {
    return this.bare.run(["docker", ...argv]);
  }

  /**
   * Runs an etcd as dockershim and cri-dockerd do, and links its log as they do.
   *
   * @param name of the container in its Pod; undefined: a container that is none of Kubernetes'
   * @param data directory of the machine that is etcd's
   * @returns the container's id
   */
  async runEtcd(name: string | undefined, data: string, namespace = "kube-system"): Promise<string> {
    const labels = {
      "io.kubernetes.container.name": name,
      "io.kubernetes.docker.type": "container",
      "io.kubernetes.pod.name": `${name}-cp-a`,
      "io.kubernetes.pod.namespace": namespace,
    };
    const options = Object.entries(name === undefined ? {} : labels).map(
      ([key, value]) => `--label=${key}=${value}`,
    );
    const [program = "", ...argv] = etcdCommand;
    const network = namespace === "kube-system" ? "host" : "none";
    const run = ["run", "--detach", `--network=${network}`, `--volume=${data}:/var/lib/etcd`, ...options];
    const id = await this.run(...run, `--entrypoint=${program}`, imageNames.etcd, ...argv);
    if (name !== undefined) await this.#linkLog(id, `${namespace}_${name}-cp-a_1`, name);
    return id;
  }

  async #linkLog(id: string, pod: string, name: string): Promise<void> {
    const path = await this.run("inspect", "--format={{.LogPath}}", id);
    const directory = `/var/log/pods/${pod}/${name}`;
    await this.bare.run(["mkdir", "-p", directory]);
    await this.bare.run(["ln", "-sf", path, `${directory}/0.log`]);
  }
}
