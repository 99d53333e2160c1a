import { coreDnsVersion, etcdVersion, kubernetesVersion, type ToolName } from "../tools/toolFamilies";

/** Names of the images, as the clusters' manifests use them. */
export const imageNames = {
  pause: "registry.k8s.io/pause:3.6",
  etcd: `registry.k8s.io/etcd:${etcdVersion}-0`,
  etcdUtil: "gcr.io/gke-on-prem-release/etcd-util:1.16.0-gke.0",
  apiServer: `registry.k8s.io/kube-apiserver:${kubernetesVersion}`,
  controllerManager: `registry.k8s.io/kube-controller-manager:${kubernetesVersion}`,
  scheduler: `registry.k8s.io/kube-scheduler:${kubernetesVersion}`,
  coreDns: `registry.k8s.io/coredns/coredns:${coreDnsVersion}`,
} as const;

/** An image of one layer, made of static programs. */
export interface LabImage {
  readonly name: string;
  /** Path in the image, without leading slash, to the tool that lies there. */
  readonly programs: Readonly<Record<string, ToolName>>;
  /** Whether it has busybox with all its applets, and with them a shell. */
  readonly shell: boolean;
  readonly entrypoint: readonly string[];
}

/**
 * All images of the lab. No two may have equal content: images of one id are one image to the container runtime, which
 * then mixes up their names.
 */
export const labImages: readonly LabImage[] = [
  { name: imageNames.pause, programs: { pause: "reaper" }, shell: false, entrypoint: ["/pause"] },
  {
    name: imageNames.etcd,
    programs: {
      "usr/local/bin/etcd": "etcd",
      "usr/local/bin/etcdctl": "etcdctl",
      "usr/local/bin/etcdutl": "etcdutl",
    },
    shell: true,
    entrypoint: ["etcd"],
  },
  {
    name: imageNames.etcdUtil,
    programs: { "usr/local/bin/etcdctl": "etcdctl", "usr/local/bin/etcdutl": "etcdutl" },
    shell: true,
    entrypoint: ["/bin/sh"],
  },
  serverImage(imageNames.apiServer, "kube-apiserver"),
  serverImage(imageNames.controllerManager, "kube-controller-manager"),
  serverImage(imageNames.scheduler, "kube-scheduler"),
  { name: imageNames.coreDns, programs: { coredns: "coredns" }, shell: false, entrypoint: ["/coredns"] },
];

function serverImage(name: string, tool: ToolName): LabImage {
  return { name, programs: { [`usr/local/bin/${tool}`]: tool }, shell: false, entrypoint: [tool] };
}
