import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";
import execa from "execa";
import type { AgentSettings } from "../../agent/agentSettings";
import type { GateCertificate } from "../../lab/gcs/gateCertificate";
import type { RoleGate } from "../../lab/gcs/roleGate";
import type { VaultRole } from "../../vault/declare/identities";

export const audience =
  "//iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/p/providers/q";
export const subjects = {
  uploader: "uc1/backup",
  reader: "uc1/drill",
  pruner: "uc1/prune",
  watcher: "uc1/watch",
} as const;

/** Tokens as a cluster makes them for its ServiceAccounts. */
export function clusterTokens() {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = (role: VaultRole, seconds: number) => {
    const sub = `system:serviceaccount:${subjects[role].replace("/", ":")}`;
    const exp = Math.floor(Date.now() / 1000) + seconds;
    const text = `${part({ alg: "RS256", kid: "a" })}.${part({ sub, aud: [audience], exp })}`;
    return `${text}.${sign("RSA-SHA256", Buffer.from(text), privateKey).toString("base64url")}`;
  };
  const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "a", alg: "RS256" }] });
  return { token, jwks };
}

/** The agent's program in one file, as in the image: it starts in a fraction of the time. @returns its path */
export function bundledAgent(directory: string): string {
  const outfile = join(directory, "agent.js");
  buildSync({
    entryPoints: [resolve(__dirname, "../../agent/main.ts")],
    bundle: true,
    keepNames: true,
    platform: "node",
    target: "node20",
    outfile,
    logLevel: "error",
  });
  return outfile;
}

/** What the agent's program is run with. */
export interface GatedAgent {
  readonly scratch: string;
  readonly program: string;
  readonly token: ReturnType<typeof clusterTokens>["token"];
  readonly certificate: GateCertificate;
  readonly etcd: Pick<AgentSettings, "members" | "tls">;
}

/** The program as a Pod runs it: nothing but settings, a token and the file that says whom it stands for. */
export function agentRun(
  { scratch, program, token, certificate, etcd }: GatedAgent,
  role: VaultRole,
  gate: RoleGate,
  changes: object,
  seconds = 600,
) {
  const run = mkdtempSync(join(scratch, "run-"));
  const file = (name: string, text: string) => {
    writeFileSync(join(run, name), text);
    return join(run, name);
  };
  const credentials = gate.credentials(file("token", token(role, seconds)), audience);
  const { members, tls } = etcd;
  const own = {
    format: 1,
    cluster: "uc1",
    profile: "gdc-kubeception",
    members,
    tls,
    spool: join(run, "spool"),
  };
  return {
    spool: own.spool,
    argv: [
      program,
      ...["backup", "--settings", file("settings.json", JSON.stringify({ ...own, ...changes }))],
    ],
    env: {
      GOOGLE_APPLICATION_CREDENTIALS: file("credentials.json", credentials),
      ETCD_RECOVERY_GCS_ENDPOINT: gate.url,
      NODE_EXTRA_CA_CERTS: certificate.authority,
    },
  };
}

/** Runs it to its end. @returns its exit code, and its last line */
export async function agentEnded({ argv, env }: ReturnType<typeof agentRun>, act = "backup") {
  const all = argv.map((one) => (one === "backup" ? act : one));
  const { stdout, exitCode } = await execa(process.execPath, all, { env, reject: false });
  return { exitCode, last: JSON.parse(stdout.split("\n").at(-1) ?? "") };
}
