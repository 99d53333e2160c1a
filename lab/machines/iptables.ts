import execa from "execa";
import { UserError } from "../../components/errors";

/** The programs that kube-proxy and CNI's portmap run, with the name of each for the kernel's older tables. */
const legacyNames: Readonly<Record<string, string>> = {
  iptables: "iptables-legacy",
  "iptables-save": "iptables-legacy-save",
  "iptables-restore": "iptables-legacy-restore",
  ip6tables: "ip6tables-legacy",
  "ip6tables-save": "ip6tables-legacy-save",
  "ip6tables-restore": "ip6tables-legacy-restore",
};

/** Why a program cannot translate addresses on this kernel; undefined when it can. */
export type AskKernel = (program: string) => Promise<string | undefined>;

/**
 * What a node has as iptables besides the host's own: nothing where that works, else those for the kernel's older tables,
 * as name to path. A kernel can be built with one kind alone. Throws UserError when it has neither.
 */
export async function iptablesPrograms(ask: AskKernel = askKernel): Promise<Record<string, string>> {
  const reason = await ask("iptables");
  if (reason === undefined) {
    return {};
  }
  if ((await ask("iptables-legacy")) === undefined) {
    return Object.fromEntries(
      Object.entries(legacyNames).map(([name, legacy]) => [name, `/usr/sbin/${legacy}`]),
    );
  }
  throw new UserError(
    `The kernel translates no addresses for iptables, and kube-proxy needs that: ${reason}.`,
    "Run: modprobe nft_chain_nat || modprobe iptable_nat; if neither is there, use a virtual machine with the kernel of a distribution.",
  );
}

/** In a network of its own that ends with the question. */
async function askKernel(program: string): Promise<string | undefined> {
  const rule = ["--append", "OUTPUT", "--match", "comment", "--comment", "asked", "--jump", "RETURN"];
  const argv = ["--net", "--", program, "--wait", "--table", "nat", ...rule];
  const answer = await execa("unshare", argv, { reject: false });
  return answer.exitCode === 0 ? undefined : answer.stderr.trim().split("\n")[0];
}
