import { spawn } from "node:child_process";
import { operatorScript } from "../../components/restore/restoreScripts";

/**
 * Runs a step's script as a stack would; its account goes to this process's standard error, its result nowhere.
 *
 * @param step name of the script in components/restore/scripts/operator
 * @returns whether it succeeded
 */
export function runStep(step: string, environment: Readonly<Record<string, string>>): Promise<boolean> {
  return new Promise((done, failed) => {
    const child = spawn("/bin/sh", ["-c", operatorScript(step), step], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "ignore", "inherit"],
    });
    child.on("error", failed);
    child.on("close", (code) => done(code === 0));
  });
}
