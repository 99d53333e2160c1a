import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import execa from "execa";
import type { Ground } from "./smokeOptions";

/** Looks at this machine; asks nobody on the network. */
export async function lookAround(env: NodeJS.ProcessEnv = process.env): Promise<Ground> {
  const file = credentialsFile(env);
  const known = existsSync(file) ? { credentials: file } : { credentials: undefined, missing: file };
  const version = await execa("pulumi", ["version"], { env, reject: false }).catch(() => undefined);
  const pulumi = version?.exitCode === 0 ? version.stdout.trim() : undefined;
  return { pulumi, plugins: pulumi === undefined ? [] : await pluginsOf(env), wanted: wanted(), ...known };
}

/** Where Google's libraries look (https://cloud.google.com/docs/authentication/application-default-credentials). */
function credentialsFile(env: NodeJS.ProcessEnv): string {
  const { GOOGLE_APPLICATION_CREDENTIALS: named, CLOUDSDK_CONFIG: config } = env;
  if (named !== undefined && named !== "") return named;
  const home = env.HOME ?? homedir();
  return join(config ?? join(home, ".config", "gcloud"), "application_default_credentials.json");
}

async function pluginsOf(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const { stdout, exitCode } = await execa("pulumi", ["plugin", "ls", "--json"], { env, reject: false });
  if (exitCode !== 0) return [];
  const all = JSON.parse(stdout) as readonly { name: string; kind: string; version?: string }[];
  return all
    .filter(({ name, kind }) => name === "gcp" && kind === "resource")
    .map(({ version }) => version ?? "");
}

function wanted(): string | undefined {
  try {
    return (require("@pulumi/gcp/package.json") as { readonly version: string }).version;
  } catch {
    return undefined;
  }
}
