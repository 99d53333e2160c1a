import type { Fence } from "../../procedure/fence";
import type { Permit } from "../../procedure/substrate";
import { allOf } from "../../procedure/waiting";
import { type LedgerDigests, underJudgedLedger } from "../judgedLedger";
import type { MachineScriptName } from "../machineScripts";
import { answerOf, type NodesContext, wordsOf } from "../nodesContext";
import type { PodFile, PodsOfMachine } from "../podsOfMachine";
import type { fencedCluster } from "./fencedCluster";

/** What a fence needs beside the machines. */
export interface NodesFenceContext extends NodesContext {
  readonly pods: readonly PodsOfMachine[];
  readonly ledger: LedgerDigests;
  readonly cluster: ReturnType<typeof fencedCluster>;
}

/** Name of a restore's table on the machines. */
export const tableOf = (id: string): string => `etcd-recovery-${id}`;

/** The API server's manifest of a machine; every machine of a control plane has one. */
export function apiServerOf({ files, machine }: PodsOfMachine): PodFile {
  const file = files.find(({ part }) => part === "apiServers");
  if (file === undefined) throw new TypeError(`machine ${machine} has no API server`);
  return file;
}

/** Where an API server answers on its machine. */
export const portOf = ({ readyz = "" }: Pick<PodFile, "readyz">): number =>
  Number(new URL(readyz).port || 443);

/**
 * A table of nftables on each machine, in which the API server's port is closed to all but the machine's own loopback, and
 * through it to this process. Table and manifest of what is started behind it are in memory: a machine that is started
 * anew has neither, and starts no API server.
 */
export function nodesFence(context: NodesFenceContext): Fence {
  const { cluster, ledger, pods } = context;

  const onAll = (
    script: MachineScriptName,
    permit: Permit,
    argv: (file: PodFile, digest: string) => readonly string[],
  ): Promise<void> =>
    underJudgedLedger(ledger, permit, pods, (machine, digest) =>
      answerOf(context, machine.machine, script, ...argv(apiServerOf(machine), digest)),
    );

  return {
    raise: (id, permit) =>
      onAll("fence", permit, (file, digest) => [digest, tableOf(id), String(portOf(file))]),
    start: (id, { name }, permit) =>
      onAll("start-behind", permit, (file, digest) => {
        if (file.workload !== name) throw new TypeError(`${name} is no API server`);
        return [file.file, digest, tableOf(id), file.container];
      }),
    async state(id) {
      const each = await allOf(
        pods.map(async (machine) => {
          const answer = await answerOf(
            context,
            machine.machine,
            "fenced",
            tableOf(id),
            apiServerOf(machine).file,
          );
          const facts = new Map(wordsOf(answer).map(([name = "", value]) => [name, value === "1"]));
          return { name: machine.machine, facts };
        }),
      );
      const named = (is: (facts: ReadonlyMap<string, boolean>) => boolean) =>
        each.filter(({ facts }) => is(facts)).map(({ name }) => name);
      return {
        missing: named((facts) => !(facts.get("table") && facts.get("behind"))),
        loose: named((facts) => facts.get("loose") === true),
        closed: named((facts) => !facts.get("loose") || facts.get("table") === true),
      };
    },
    open: (permit) => onAll("open-fence", permit, (file, digest) => [file.file, digest]),
    lift: (permit) => onAll("lift-fence", permit, (_, digest) => [digest]),
    cluster,
  };
}
