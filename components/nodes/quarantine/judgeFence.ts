import { type Refusal, refused } from "../../procedure/refusal";
import type { StaticPod } from "../staticPod";

/** What a machine says of a fence around its API server, before anything is made. */
export interface FenceFacts {
  readonly machine: string;
  /** "ok", "none", or what it says against the rules. */
  readonly nft: string;
  /** Type of the file system that must be in memory. */
  readonly memory: string;
  readonly forwarding: "yes" | "no" | "unknown";
  /** --bind-address of the API server; undefined: all addresses. */
  readonly bindAddress: string | undefined;
}

const WITHOUT = "or restore without a quarantine: pulumi config set --path restore.quarantine '[]'";

/** Why this machine cannot keep its API server to us; nothing is changed then. */
export function judgeFence({
  machine,
  nft,
  memory,
  forwarding,
  bindAddress,
}: FenceFacts): readonly Refusal[] {
  const no = (code: string, what: string, remedy: string) =>
    refused(code, `restore.quarantine: machine ${machine}: ${what}`, `${remedy}, ${WITHOUT}`);
  return [
    ...(nft === "none"
      ? [
          no(
            "nft-absent",
            "has no nft, by which its API server is fenced",
            "Install it there: apt-get install nftables (or: dnf install nftables)",
          ),
        ]
      : []),
    ...(nft !== "none" && nft !== "ok"
      ? [
          no(
            "nft-refuses",
            `nft does not take the fence: ${nft}`,
            "Look there: nft list ruleset; its kernel needs nf_tables with inet and reject",
          ),
        ]
      : []),
    ...(["tmpfs", "ramfs"].includes(memory)
      ? []
      : [
          no(
            "run-on-disk",
            `/run is no file system in memory (${memory}): after a loss of power its API server would start without the fence`,
            "Mount a tmpfs there",
          ),
        ]),
    ...(forwarding === "no"
      ? [
          no(
            "forwarding-off",
            "its sshd forwards no connection, by which the fenced API server is asked",
            "Allow it there for this user: AllowTcpForwarding local",
          ),
        ]
      : []),
    ...(isEveryAddress(bindAddress)
      ? []
      : [
          no(
            "bound-address",
            `its API server listens at ${bindAddress} alone, and not at the loopback by which it is asked`,
            "Give it no --bind-address",
          ),
        ]),
  ];
}

const isEveryAddress = (address: string | undefined): boolean =>
  address === undefined || ["0.0.0.0", "::", "127.0.0.1", ""].includes(address);

/** Seconds after which the kubelet starts an API server anew that its probes do not reach. */
export function probeSeconds({ startup, liveness }: StaticPod["probes"]): number | undefined {
  const probe = startup ?? liveness;
  if (probe === undefined) return undefined;
  const { initialDelaySeconds = 0, periodSeconds = 10, failureThreshold = 3 } = probe;
  return initialDelaySeconds + periodSeconds * failureThreshold;
}

/** Less than this is little for an API server that starts and a quarantine. */
const ENOUGH_SECONDS = 60;

export function noteProbes(machine: string, seconds: number | undefined): string | undefined {
  if (seconds === undefined || seconds >= ENOUGH_SECONDS) return undefined;
  return `restore.quarantine: machine ${machine}: the probes of its API server do not reach it behind the fence, and give it ${seconds} s: it may be started anew meanwhile`;
}
