import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { Command, Option } from "commander";
import { UserError } from "../../components/errors";
import { clusterEnvironment } from "../../components/hosted/clusterEnvironment";
import { type HostedProfileName, hostedProfiles } from "../../components/profiles/profiles";
import { operatorScript } from "../../components/restore/restoreScripts";
import { readLedger } from "./ledger";

interface UndoOptions {
  readonly adminKubeconfig: string;
  readonly adminContext?: string;
  readonly namespace: string;
  readonly profile: HostedProfileName;
}

/** `etcd-recovery undo`: what `pulumi destroy` does before the commit, for the day the stack's state is lost. */
export function undoCommand(): Command {
  return new Command("undo")
    .description("put a user cluster back as the ledger of its open restore says, without the stack's state")
    .requiredOption("--admin-kubeconfig <path>", "kubeconfig for the admin cluster")
    .option("--admin-context <name>", "context in it")
    .requiredOption("--namespace <name>", "the user cluster's namespace")
    .addOption(
      new Option("--profile <name>", "names and paths of its generation")
        .choices(Object.keys(hostedProfiles))
        .default("gdc-kubeception"),
    )
    .action(undo);
}

async function undo(options: UndoOptions): Promise<void> {
  const adminKubeconfig = resolve(options.adminKubeconfig);
  const ledger = await readLedger({ ...options, adminKubeconfig });
  const environment = clusterEnvironment({
    name: options.namespace,
    namespace: options.namespace,
    members: ledger.members.length,
    profile: hostedProfiles[options.profile],
    adminKubeconfig,
    ...(options.adminContext === undefined ? {} : { adminContext: options.adminContext }),
  });
  const code = await runScript(operatorScript("undo"), { ...environment, RESTORE_ID: ledger.id });
  if (code !== 0)
    throw new UserError(
      `restore ${ledger.id}: not undone (see above).`,
      "Mend the cause, then run the same command again.",
    );
}

/** Runs a step's script as the stack would; its account goes to this process's standard error. */
function runScript(script: string, environment: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((done, failed) => {
    const child = spawn("/bin/sh", ["-c", script, "undo"], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", failed);
    child.on("close", (code) => done(code ?? 1));
  });
}
