import { Option } from "commander";

/** Options of commands that reach machines: what opens them. One of the first two is needed, or the file says it. */
export const keyOptions = (): Option[] => [
  new Option(
    "--ssh-key <file>",
    "private key for the machines, without a passphrase; nothing copies it to a disk",
  ),
  new Option("--ssh-agent", "or the keys of your own ssh-agent, as SSH_AUTH_SOCK names it").conflicts(
    "sshKey",
  ),
  new Option("--jump-ssh-key <file>", "private key for the jump host, where it is another"),
];
