import type { NodesAccess } from "../nodesAccess";
import { withMachines } from "../openNodes";
import { ofBackup } from "./bundle";
import { noteChanges } from "./judgeMachinePki";
import type { MachinePkiFacts } from "./machinePkiFacts";
import { askMachinePki } from "./machinePkiFacts";
import { configurationOf } from "./pkiPaths";

/** A certificate as a backup's manifest names it. */
export interface KnownCertificate {
  readonly machine: string;
  readonly path: string;
  /** SHA-256 in hex. */
  readonly fingerprint: string;
}

/**
 * How the machines' certificates differ from those of a backup, a sentence for each machine of which they do. Read-only.
 *
 * @throws SshError when they could not be asked
 */
export async function livePkiNotes(
  access: NodesAccess,
  known: readonly KnownCertificate[],
): Promise<readonly string[]> {
  const { parts, facts, close } = await withMachines(
    { substrate: access },
    "preview",
    () => undefined,
    (parts, facts, close) => ({ parts, facts, close }),
  );
  const pki = `${configurationOf(parts.profile)}/pki`;
  try {
    const live = await Promise.all(facts.map(({ machine }) => askMachinePki(parts, machine, [pki])));
    return live.flatMap((one) => notesOf(one, pki, known));
  } finally {
    close();
  }
}

function notesOf(live: MachinePkiFacts, pki: string, known: readonly KnownCertificate[]): readonly string[] {
  const own = known.filter(({ machine, path }) => machine === live.machine && path.startsWith(`${pki}/`));
  const backup = { parts: [pki], bundle: ofBackup(live.machine) };
  const note = noteChanges(backup, new Map(own.map(({ path, fingerprint }) => [path, fingerprint])), live);
  return own.length === 0 || !note.includes("differs") ? [] : [note];
}
