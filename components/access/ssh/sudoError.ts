import type { ExecResult } from "../podExec";
import { SshError } from "./sshError";
import type { SshTarget } from "./sshTarget";

/** How sudo says in English that it runs nothing, or not this. The latter has the whole script in it. */
const REFUSALS = [
  /^sudo: .*(password is required|terminal is required|must have a tty|not allowed|may not run)/m,
  /^Sorry, user \S+ (is not allowed to execute|may not run sudo)/m,
  /^\S+ is not (in the sudoers file|allowed to run sudo on)/m,
];
/** Of the shell that looks for it, or of env, which may speak another language. */
const ABSENT = [/^(\S*sh: .*|\S*)sudo: (command )?not found/m, /^env: .*\bsudo\b/m];

/** What it means where sudo has run nothing; undefined where that is not so. */
export function sudoError(
  { name, user }: Pick<SshTarget, "name" | "user">,
  { stderr }: Pick<ExecResult, "stderr">,
): SshError | undefined {
  if (REFUSALS.some((refusal) => refusal.test(stderr)))
    return new SshError(
      "sudo",
      `machine ${name}: sudo of user ${user} asks for a password or a terminal, or allows not everything: scripts run there as root`,
      `Give ${user} the right NOPASSWD:ALL there (and no requiretty), or use another user: pulumi config set --path ssh.user USER`,
    );
  if (ABSENT.some((absent) => absent.test(stderr)))
    return new SshError("sudo", `machine ${name}: has no sudo`, "pulumi config set --path ssh.user root");
  return undefined;
}
