import { checkKubeconfig } from "../../components/access/kubeconfig/kubeconfig";
import { quoted } from "../../components/access/ssh/remoteCommand";
import { UserError } from "../../components/errors";
import { clusterOf } from "../../components/nodes/decideNodes";
import { accessOf } from "../../components/nodes/nodesAccess";
import { absolutePath } from "../commandLine/homePath";
import { givenKeys } from "./givenKeys";
import { readMachinesFile } from "./machinesFile";
import type { RecoveryAccess } from "./recoveryAccess";
import type { RecoveryOptions } from "./recoveryCommand";

/** A control plane on machines, by a file that names them, and the key as it lies with its owner. */
export function machinesRecovery(options: RecoveryOptions): RecoveryAccess {
  const { allowInsecure = [], without = [] } = options;
  const file = absolutePath(options.machines ?? "");
  const named = readMachinesFile(file);
  const given = options.userKubeconfig ?? named.userKubeconfig;
  const userKubeconfig = given === undefined ? undefined : absolutePath(given);
  if (userKubeconfig !== undefined)
    checkKubeconfig({ path: userKubeconfig, key: "--user-kubeconfig", allowInsecure });
  const { keys, words } = givenKeys(options, named.ssh);
  const cluster = clusterOf({ ...named, keys, userKubeconfig });
  const all = cluster.machines.map(({ name }) => name);
  const unknown = without.filter((name) => !all.includes(name));
  if (unknown.length > 0)
    throw new UserError(
      `--without: ${file} names no machine ${unknown.join(", ")}.`,
      `Its machines: ${all.join(", ")}`,
    );
  const { machines, ...access } = accessOf(cluster);
  const isAway = ({ name }: { readonly name: string }) => without.includes(name);
  return {
    substrate: {
      ...access,
      machines: machines.filter((machine) => !isAway(machine)),
      ...(without.length === 0 ? {} : { absent: machines.filter(isAway) }),
    },
    about: { machines: all.filter((name) => !without.includes(name)) },
    words: [
      ...["--machines", quoted(file), ...words],
      ...(options.userKubeconfig === undefined ? [] : ["--user-kubeconfig", quoted(userKubeconfig ?? "")]),
      ...without.flatMap((name) => ["--without", quoted(name)]),
      ...allowInsecure.flatMap((server) => ["--allow-insecure", quoted(server)]),
    ],
    none: `--machines ${file}: none of the machines has a ledger: no restore was ever opened there.`,
    unasked: "--machines: the machines could not be asked",
  };
}
