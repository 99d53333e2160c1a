import type { Stack } from "@pulumi/pulumi/automation";
import { endOf, startChild } from "../components/access/childProcesses";
import { UserError } from "../components/errors";
import { changedAt } from "./settingsPath";

/** Keys of the configuration that are never kept in plain. */
const secretKeys = [
  ["ssh", "privateKey"],
  ["ssh", "jump", "privateKey"],
  ["restore", "pki", "identity"],
] as const;

/** Values of the configuration, in two parts. */
export interface PartedSettings {
  readonly plain: Readonly<Record<string, unknown>>;
  /** By path, e.g. `ssh.privateKey`. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** Takes the secrets out of a configuration. */
export function partSecrets(settings: PartedSettings["plain"]): PartedSettings {
  const secrets = new Map<string, string>();
  const plain = secretKeys.reduce(
    (group, path) =>
      changedAt(group, path, (value) => {
        if (typeof value !== "string") return value;
        secrets.set(path.join("."), value);
        return undefined;
      }),
    settings,
  );
  return { plain, secrets };
}

/** What of `pulumi` is needed for a secret, which it reads from its standard input: an argument is seen by everybody. */
export interface SecretWriter {
  readonly stack: Stack;
  /** The command's own path. */
  readonly pulumi: string;
}

/** Writes secrets into the stack's settings, encrypted as the stack's are. Throws UserError. */
export async function setSecrets(
  { stack, pulumi }: SecretWriter,
  secrets: PartedSettings["secrets"],
): Promise<void> {
  const { workDir, envVars } = stack.workspace;
  for (const [key, secret] of secrets) {
    const set = ["config", "set", "--secret", "--path", key, "--stack", stack.name] as const;
    const options = ["--cwd", workDir, "--non-interactive", "--color=never"] as const;
    const child = startChild([pulumi, ...set, ...options], "pipe", { ...process.env, ...envVars });
    // A command that ends without having read says why on its standard error.
    child.stdin?.on("error", () => undefined).end(secret);
    const { code, stderr } = await endOf(child);
    if (code === 0) continue;
    const reason = stderr.replace(/^error: /gm, "").trim();
    throw new UserError(`${key} of stack ${stack.name} cannot be encrypted: ${reason}`);
  }
}
