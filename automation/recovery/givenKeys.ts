import { quoted } from "../../components/access/ssh/remoteCommand";
import type { SshKeys } from "../../components/access/ssh/sshTarget";
import { type KeySettings, keysOf } from "../../components/config/sshSchema";
import { UserError } from "../../components/errors";
import { absolutePath } from "../commandLine/homePath";
import { readKeyFile } from "./keyFile";

/** Options that say what opens machines. */
export interface KeyOptions {
  readonly sshKey?: string;
  readonly sshAgent?: boolean;
  readonly jumpSshKey?: string;
}

/** What opens the machines, and the options that say it, for a command line. */
export interface GivenKeys {
  readonly keys: SshKeys;
  readonly words: readonly string[];
}

/**
 * The keys of a command without a stack: files, else the operator's ssh-agent, where an option or the machines' own file
 * says so.
 *
 * @param file what the file says of `ssh`. @param opened what is to be opened, for the message. @throws UserError when neither is given, or a file cannot be used
 */
export function givenKeys(
  { sshKey, sshAgent = false, jumpSshKey }: KeyOptions,
  file: KeySettings & { readonly jump?: KeySettings | undefined },
  opened = "the machines",
): GivenKeys {
  const key = sshKey === undefined ? undefined : absolutePath(sshKey);
  const jumpKey = jumpSshKey === undefined ? undefined : absolutePath(jumpSshKey);
  const agent = file.agent ?? (sshAgent ? true : undefined);
  if (key === undefined && agent === undefined)
    throw new UserError(`missing: what opens ${opened}.`, "--ssh-key FILE, or --ssh-agent");
  const own =
    key === undefined ? { agent, publicKey: file.publicKey } : { privateKey: readKeyFile(key, "--ssh-key") };
  const jump = jumpKey === undefined ? file.jump : { privateKey: readKeyFile(jumpKey, "--jump-ssh-key") };
  return {
    keys: keysOf({ ...own, ...(jump === undefined ? {} : { jump }) }),
    words: [
      ...(key === undefined ? (sshAgent ? ["--ssh-agent"] : []) : ["--ssh-key", quoted(key)]),
      ...(jumpKey === undefined ? [] : ["--jump-ssh-key", quoted(jumpKey)]),
    ],
  };
}
