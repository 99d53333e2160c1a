import { join } from "node:path";
import { vi } from "vitest";
import { main } from "../../automation/cli";

/** The program as a person starts it. */
export const cli = join(__dirname, "..", "..", "bin", "etcd-recovery.js");

/** What a command printed, and how it ended. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process, in a directory: starting one for each would take most of the time. */
export function runCommand(directory: string, ...argv: string[]): Promise<Ran> {
  return captured(directory, () => main([process.execPath, cli, ...argv]));
}

/** Runs what prints and sets the exit code. */
export async function captured(directory: string, work: () => Promise<void>): Promise<Ran> {
  const written = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      written[stream] += String(text);
      return true;
    }),
  );
  const before = process.cwd();
  process.chdir(directory);
  try {
    await work();
    const exitCode = Number(process.exitCode ?? 0);
    return { exitCode, stdout: written.stdout.trimEnd(), stderr: written.stderr.trimEnd() };
  } finally {
    process.chdir(before);
    process.exitCode = undefined;
    for (const spy of spies) spy.mockRestore();
  }
}
