import type { Probe } from "../workloads/kubeWorkload";

/** Whether a probe of etcd can succeed on a member that has no quorum: "quorum" cannot, "unknown" is a script. */
export type ProbeNeed = "quorum" | "none" | "unknown";

/** Checks of /readyz that go through the quorum. */
const quorumChecks = ["linearizable_read"];

/** What a probe needs. */
export function probeNeed({ httpGet, exec }: Probe): ProbeNeed {
  if (httpGet !== undefined) return pathNeed(httpGet.path ?? "/");
  if (exec !== undefined) return commandNeed(exec.command ?? []);
  // A port that takes connections, or gRPC's own health service, which says whether the server runs.
  return "none";
}

/** Of etcd's own paths; any other is not etcd's health. */
function pathNeed(pathAndQuery: string): ProbeNeed {
  const { pathname, searchParams } = new URL(pathAndQuery, "http://etcd");
  const path = pathname.replace(/\/+$/, "");
  if (path === "/health") return searchParams.get("serializable") === "true" ? "none" : "quorum";
  if (path === "/readyz") {
    const excluded = searchParams.getAll("exclude");
    return quorumChecks.every((check) => excluded.includes(check)) ? "none" : "quorum";
  }
  return quorumChecks.some((check) => path === `/readyz/${check}`) ? "quorum" : "none";
}

/** Commands of etcdctl that are answered by a quorum alone, and those that a member answers from what it has. */
const asksQuorum = /\b(endpoint +health|put|del|txn|alarm +\w+|member +\w+|lease +\w+|cluster-health)\b/;
const asksMember = /\bendpoint +(status|hashkv)\b/;

function commandNeed(command: readonly string[]): ProbeNeed {
  const text = command.join(" ");
  const paths = [...text.matchAll(/\/(?:health|readyz|livez)\b[^\s'"]*/g)].map(([path]) => pathNeed(path));
  if (paths.length > 0) return paths.includes("quorum") ? "quorum" : "none";
  if (/\betcdctl\b/.test(text)) return etcdctlNeed(text);
  // What every image has says nothing of a quorum; anything else may ask for whatever it likes.
  return /^(\S*\/)?(true|test|\[|ls|cat|pgrep|pidof|nc) ?/.test(text) ? "none" : "unknown";
}

/** What the probe of a container beside etcd needs: a path like etcd's is its own there, and says nothing for sure. */
export function probeNeedBeside(probe: Probe): ProbeNeed {
  if (/\betcdctl\b/.test(probe.exec?.command?.join(" ") ?? "")) return probeNeed(probe);
  return probeNeed(probe) === "none" ? "none" : "unknown";
}

function etcdctlNeed(text: string): ProbeNeed {
  if (asksQuorum.test(text)) return "quorum";
  if (/\bget\b/.test(text)) return /--consistency[= ]"?s\b/.test(text) ? "none" : "quorum";
  return asksMember.test(text) ? "none" : "unknown";
}

/** Seconds that a container lives while this probe fails. */
export function patienceSeconds({
  initialDelaySeconds = 0,
  periodSeconds = 10,
  failureThreshold = 3,
}: Probe): number {
  return initialDelaySeconds + periodSeconds * failureThreshold;
}
