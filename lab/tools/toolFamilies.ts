/** Every program that the lab runs and that no package registry of Debian or npm ships in the version needed. */
export type ToolName =
  | "etcd"
  | "etcdctl"
  | "etcdutl"
  | "bbolt"
  | "reaper"
  | "balancer"
  | "coredns"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kubelet"
  | "kube-proxy"
  | "kubectl"
  | "crictl"
  | "pulumi"
  | "pulumi-language-yaml"
  | "fake-gcs-server";

/** One go.mod in `modules/<name>`: tools whose dependencies are selected together. */
export interface ToolFamily {
  readonly name:
    | "etcd"
    | "bbolt"
    | "reaper"
    | "balancer"
    | "coredns"
    | "kubernetes"
    | "cri-tools"
    | "pulumi"
    | "pulumi-yaml"
    | "fake-gcs";
  /** Version that the go.mod selects; for messages, and for the versions that programs report. */
  readonly version: string;
  /** Go package of each tool, `.` for a main package of our own. */
  readonly tools: Readonly<Partial<Record<ToolName, string>>>;
  readonly tags: readonly string[];
  /** Further flags of `go build`. */
  readonly flags: readonly string[];
  /** Values that the linker sets, `package.variable` to value. */
  readonly variables: Readonly<Record<string, string>>;
  /** Free space in GiB that module and build caches need when nothing of it was ever built here. */
  readonly coldGiB: number;
  /** A directory of the module cache that exists once the sources are there. */
  readonly moduleDirectory: string | undefined;
  /** Whether it is built only where it is asked for by name: no lab needs it. Default: false. */
  readonly onlyByName?: boolean;
}

export const etcdVersion = "3.6.14";
export const bboltVersion = "1.4.3";
export const kubernetesVersion = "v1.36.3";
export const coreDnsVersion = "v1.12.4";
export const criToolsVersion = "v1.34.0";
export const pulumiVersion = "v3.259.0";
export const pulumiYamlVersion = "v1.25.0";
export const fakeGcsVersion = "v1.56.1";

/** Without these the programs call themselves v0.0.0, and clients refuse them. */
function kubernetesVariables(): Record<string, string> {
  const [major, minor] = kubernetesVersion.slice(1).split(".");
  const values = {
    gitVersion: kubernetesVersion,
    gitMajor: String(major),
    gitMinor: String(minor),
    gitTreeState: "clean",
  };
  return Object.fromEntries(
    ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((pkg) =>
      Object.entries(values).map(([name, value]) => [`${pkg}.${name}`, value]),
    ),
  );
}

/** In the order of building: what most tests need comes first. */
export const toolFamilies: readonly ToolFamily[] = [
  {
    name: "etcd",
    version: etcdVersion,
    tools: {
      etcd: "go.etcd.io/etcd/server/v3",
      etcdctl: "go.etcd.io/etcd/etcdctl/v3",
      etcdutl: "go.etcd.io/etcd/etcdutl/v3",
    },
    tags: [],
    flags: [],
    variables: {},
    coldGiB: 2,
    moduleDirectory: `go.etcd.io/etcd/server/v3@v${etcdVersion}`,
  },
  {
    name: "bbolt",
    version: bboltVersion,
    tools: { bbolt: "go.etcd.io/bbolt/cmd/bbolt" },
    tags: [],
    flags: [],
    variables: {},
    coldGiB: 0.3,
    moduleDirectory: `go.etcd.io/bbolt@v${bboltVersion}`,
  },
  {
    name: "reaper",
    version: "1",
    tools: { reaper: "." },
    tags: [],
    flags: [],
    variables: {},
    coldGiB: 0.2,
    moduleDirectory: undefined,
  },
  {
    name: "balancer",
    version: "1",
    tools: { balancer: "." },
    tags: [],
    flags: [],
    variables: {},
    coldGiB: 0.2,
    moduleDirectory: undefined,
  },
  {
    name: "pulumi",
    version: pulumiVersion,
    tools: { pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
    tags: ["osusergo", "grpcnotrace"],
    flags: [],
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": pulumiVersion },
    coldGiB: 6,
    moduleDirectory: `github.com/pulumi/pulumi/pkg/v3@${pulumiVersion}`,
  },
  {
    name: "kubernetes",
    version: kubernetesVersion,
    tools: {
      kubectl: "k8s.io/kubernetes/cmd/kubectl",
      "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
      "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
      "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
      kubelet: "k8s.io/kubernetes/cmd/kubelet",
      "kube-proxy": "k8s.io/kubernetes/cmd/kube-proxy",
    },
    tags: [],
    flags: ["-pgo=off"],
    variables: kubernetesVariables(),
    coldGiB: 8,
    moduleDirectory: `k8s.io/kubernetes@${kubernetesVersion}`,
  },
  {
    name: "cri-tools",
    version: criToolsVersion,
    tools: { crictl: "sigs.k8s.io/cri-tools/cmd/crictl" },
    tags: [],
    flags: [],
    variables: { "sigs.k8s.io/cri-tools/pkg/version.Version": criToolsVersion },
    coldGiB: 2,
    moduleDirectory: `sigs.k8s.io/cri-tools@${criToolsVersion}`,
  },
  {
    name: "coredns",
    version: coreDnsVersion,
    tools: { coredns: "." },
    tags: [],
    flags: [],
    variables: {},
    coldGiB: 3,
    moduleDirectory: `github.com/coredns/coredns@${coreDnsVersion}`,
  },
  {
    name: "pulumi-yaml",
    version: pulumiYamlVersion,
    tools: { "pulumi-language-yaml": "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml" },
    tags: ["osusergo", "grpcnotrace"],
    flags: [],
    variables: { "github.com/pulumi/pulumi-yaml/pkg/version.Version": pulumiYamlVersion },
    coldGiB: 4,
    moduleDirectory: `github.com/pulumi/pulumi-yaml@${pulumiYamlVersion}`,
    onlyByName: true,
  },
  {
    name: "fake-gcs",
    version: fakeGcsVersion,
    tools: { "fake-gcs-server": "github.com/fsouza/fake-gcs-server" },
    tags: [],
    flags: [],
    variables: {},
    coldGiB: 3,
    moduleDirectory: `github.com/fsouza/fake-gcs-server@${fakeGcsVersion}`,
    onlyByName: true,
  },
];

/** The tools that everything but a single test is content with. */
export function usualTools(): ToolName[] {
  return toolFamilies.filter((family) => family.onlyByName !== true).flatMap(toolNames);
}

/** Names of a family's tools. */
export function toolNames(family: ToolFamily): ToolName[] {
  return Object.keys(family.tools) as ToolName[];
}

/** The family that a tool belongs to. */
export function familyOf(tool: ToolName): ToolFamily {
  const family = toolFamilies.find((candidate) => candidate.tools[tool] !== undefined);
  if (family === undefined) {
    throw new Error(`no tool family builds ${tool}`);
  }
  return family;
}

/** Arguments of `go build` that shape the result; part of the cache key. */
export function buildFlags(family: ToolFamily): string[] {
  const variables = Object.entries(family.variables).map(([name, value]) => `-X ${name}=${value}`);
  return [
    "-trimpath",
    "-buildvcs=false",
    ...family.flags,
    ...(family.tags.length > 0 ? [`-tags=${family.tags.join(",")}`] : []),
    `-ldflags=${["-s", "-w", ...variables].join(" ")}`,
  ];
}
