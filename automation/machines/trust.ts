import { readdirSync } from "node:fs";
import { fingerprintOf, keyKindOf } from "../../components/access/ssh/hostKey";
import { seenHostKeys, type UnseenTarget } from "../../components/access/ssh/seenHostKeys";
import type { SshEndpoint, SshKeys } from "../../components/access/ssh/sshTarget";
import type { UnseenMachines } from "../../components/config/nodesSchema";
import { UserError } from "../../components/errors";
import { nodesProfiles } from "../../components/profiles/profiles";
import { absolutePath } from "../commandLine/homePath";
import { confirm } from "../recovery/confirmation";
import { type GivenKeys, givenKeys } from "../recovery/givenKeys";
import { readUnseenMachines } from "../recovery/machinesFile";
import { columns } from "../snapshot/output";
import { type SeenKeys, writeHostKeys } from "./hostKeysFile";
import type { TrustOptions } from "./trustCommand";

const say = (text: string) => void process.stderr.write(`${text}\n`);
const COMMAND = "etcd-recovery machines trust";

/**
 * Shows what keys the hosts of a stack's file show now, asks, and writes the absent ones. The jump host comes first: what
 * is behind it is seen through it.
 *
 * @throws UserError; SshError when one cannot be reached, or shows another key than the file has: nothing is written then
 */
export async function trust(options: TrustOptions): Promise<void> {
  const file = stackFile(options.stack);
  const named = readUnseenMachines(file, "--stack");
  const keys = named.ssh.jump === undefined ? undefined : keysToJump(options, named);
  const jump = named.ssh.jump === undefined ? undefined : jumpTarget(named, named.ssh.jump);
  const jumpKey = jump === undefined ? undefined : await seenKeyOf(jump);
  if (jump !== undefined && jumpKey !== undefined && jump.hostKey === undefined) {
    say("The way to the machines goes through this host, which nobody has vouched for:");
    await asked(options, [shown(jump, jumpKey)]);
  }
  const way = jump === undefined || jumpKey === undefined ? {} : { jump: { ...jump, hostKey: jumpKey } };
  const machines = machineTargets(named, way.jump);
  const seen = await seenHostKeys(machines, keys);
  const isNew = machines.some(({ hostKey }) => hostKey === undefined);
  const rows = machines.map((machine, n) => shown(machine, seen[n] ?? ""));
  if (isNew) {
    say("Nobody has vouched for these keys; the hosts show them now:");
    await asked(options, rows);
  } else say(columns(rows));
  const keysSeen: SeenKeys = {
    machines: new Map(machines.map(({ name }, n) => [name, seen[n] ?? ""])),
    ...(jumpKey === undefined ? {} : { jump: jumpKey }),
  };
  const written = writeHostKeys(file, keysSeen);
  say(
    written.length === 0 ? `${file}: nothing to write.` : `${file}: wrote hostKey of ${written.join(", ")}.`,
  );
}

async function asked({ yes = false }: TrustOptions, rows: readonly (readonly string[])[]): Promise<void> {
  say(columns(rows));
  const kinds = [...new Set(rows.map(([, , kind = ""]) => kind.toLowerCase()))];
  const files = kinds.map((kind) => `/etc/ssh/ssh_host_${kind}_key.pub`).join(", ");
  say(`Compare each with what the host itself says, at its console: ssh-keygen -lf ${files}`);
  if (yes) return say("--yes: trusted without a question.");
  const instead = "Compare the fingerprints, then give --yes.";
  await confirm(COMMAND, "trusts these hosts from now on", instead);
}

const shown = ({ name, host, port, hostKey }: UnseenTarget, key: string): readonly string[] => [
  `  ${name}`,
  port === 22 ? host : `${host}:${port}`,
  keyKindOf(key),
  fingerprintOf(key),
  hostKey === undefined ? "new" : "as in the file",
];

/** @throws UserError when there is none, or several */
function stackFile(given: string | undefined): string {
  if (given !== undefined) return absolutePath(given);
  const found = readdirSync(process.cwd()).filter((name) => /^Pulumi\..+\.ya?ml$/.test(name));
  const [only] = found;
  if (found.length === 1 && only !== undefined) return absolutePath(only);
  throw new UserError(
    found.length === 0
      ? "--stack: this directory has no stack's file."
      : `--stack: this directory has several stacks' files: ${found.join(", ")}.`,
    `${COMMAND} --stack ${only ?? "FILE"}`,
  );
}

/** Only the jump host is entered. @throws UserError when nothing opens it */
function keysToJump(options: TrustOptions, { ssh }: UnseenMachines): SshKeys {
  const { sshKey, sshAgent, jumpSshKey } = options;
  // The machines' own key is not needed: what opens the jump host stands in for it.
  const { jump } = ssh;
  const ownAgent = jump?.agent ?? ssh.agent;
  const publicKey = jump?.publicKey ?? (jump?.agent === undefined ? ssh.publicKey : undefined);
  const key = jumpSshKey ?? sshKey;
  const given: GivenKeys = givenKeys(
    {
      ...(key === undefined ? {} : { sshKey: key }),
      ...(sshAgent === undefined ? {} : { sshAgent }),
    },
    { agent: ownAgent, publicKey },
    `jump host ${jump?.host}`,
  );
  return given.keys;
}

/** The jump host as a host that is asked for its key. */
function jumpTarget(named: UnseenMachines, jump: NonNullable<UnseenMachines["ssh"]["jump"]>): UnseenTarget {
  const { user = nodesProfiles[named.profile].user } = named.ssh;
  const { host, hostKey } = jump;
  const name = "ssh.jump";
  return { name, isJump: true, host, hostKey, port: jump.port ?? 22, user: jump.user ?? user };
}

async function seenKeyOf(target: UnseenTarget): Promise<string> {
  const [key = ""] = await seenHostKeys([target], undefined);
  return key;
}

function machineTargets(
  { profile, machines, ssh }: UnseenMachines,
  jump: SshEndpoint | undefined,
): UnseenTarget[] {
  const { user = nodesProfiles[profile].user, port = 22 } = ssh;
  return machines.map((machine) => ({
    ...{ name: machine.name, host: machine.host, hostKey: machine.hostKey },
    user: machine.user ?? user,
    port: machine.port ?? port,
    ...(jump === undefined ? {} : { jump }),
  }));
}
