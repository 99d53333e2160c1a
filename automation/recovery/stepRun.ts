import { spawn } from "node:child_process";
import { repairScript } from "../../components/repair/repairScripts";
import { operatorScript } from "../../components/restore/restoreScripts";

/**
 * Runs a step's script as a stack would; its account goes to this process's standard error, its result nowhere.
 *
 * @param step name of the script in scripts/operator of components/restore or components/repair
 * @returns whether it succeeded
 */
export function runStep(
  kind: "restore" | "repair",
  step: string,
  environment: Readonly<Record<string, string>>,
): Promise<boolean> {
  const script = kind === "repair" && step !== "remove-tools" ? repairScript(step) : operatorScript(step);
  return new Promise((done, failed) => {
    const child = spawn("/bin/sh", ["-c", script, step], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "ignore", "inherit"],
    });
    child.on("error", failed);
    child.on("close", (code) => done(code === 0));
  });
}
