import { spawn } from "node:child_process";
import { dirname, resolve } from "node:path";
import { ApiError, oneSentence } from "./apiError";
import { type ClusterAccess, fieldsOf, listOf, material, textOf } from "./clusterAccess";

/** What a credential plugin gave. */
export interface ExecCredential {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Milliseconds since 1970; Infinity when the plugin says nothing. */
  readonly ends: number;
}

const versions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
/** A plugin that takes longer waits for a person, and nobody is there. */
const longestMs = 60_000;

/** One credential for each plugin with its arguments, until it expires: several clients of a process share it. */
const kept = new Map<string, Promise<ExecCredential>>();

/** Obtains a credential from the plugin that the kubeconfig's user names, or the one from before. @throws ApiError */
export async function execCredential(access: ClusterAccess): Promise<ExecCredential> {
  const name = cacheKey(access);
  const earlier = await kept.get(name);
  if (earlier !== undefined && earlier.ends > Date.now()) return earlier;
  if (earlier !== undefined) kept.delete(name);
  const asked = kept.get(name) ?? runPlugin(access);
  kept.set(name, asked);
  asked.catch(() => kept.delete(name));
  return asked;
}

/** Forgets a credential that a server has refused, so that the next call asks the plugin again. */
export function forgetCredential(access: ClusterAccess): void {
  kept.delete(cacheKey(access));
}

function cacheKey({ user, cluster, file }: ClusterAccess): string {
  return JSON.stringify([user.exec, cluster, file.path]);
}

async function runPlugin(access: ClusterAccess): Promise<ExecCredential> {
  const exec = fieldsOf(access.user.exec);
  const command = textOf(exec.command);
  const version = textOf(exec.apiVersion) ?? "";
  if (command === undefined || !versions.includes(version))
    throw refused(access, `names no command, or an apiVersion other than ${versions.join(", ")}`);
  if (exec.interactiveMode === "Always") throw refused(access, "needs a terminal (interactiveMode: Always)");
  // As in kubectl: a path counts from the kubeconfig's directory, a name is looked up on PATH.
  const program = command.includes("/") ? resolve(dirname(access.file.path), command) : command;
  const env = { ...process.env, ...variables(exec.env), KUBERNETES_EXEC_INFO: execInfo(access, version) };
  const output = await outputOf(access, program, listOf(exec.args).map(String), env);
  return credentialOf(output, version) ?? Promise.reject(refused(access, "answered with no ExecCredential"));
}

function variables(list: unknown): Record<string, string> {
  const pairs = listOf(list).map(fieldsOf);
  return Object.fromEntries(pairs.map(({ name, value }) => [String(name), String(value ?? "")]));
}

/** What the plugin is told: that nobody can be asked, and, where it wants to know, which cluster it is for. */
function execInfo(access: ClusterAccess, apiVersion: string): string {
  const { cluster, file } = access;
  const told = fieldsOf(access.user.exec).provideClusterInfo === true;
  const extension = listOf(cluster.extensions)
    .map(fieldsOf)
    .find(({ name }) => name === "client.authentication.k8s.io/exec");
  const info = {
    server: cluster.server,
    "tls-server-name": textOf(cluster["tls-server-name"]),
    "insecure-skip-tls-verify": access.insecure || undefined,
    "certificate-authority-data": material(cluster, "certificate-authority", file)?.toString("base64"),
    "proxy-url": textOf(cluster["proxy-url"]),
    config: extension?.extension,
  };
  const spec = { ...(told ? { cluster: info } : {}), interactive: false };
  return JSON.stringify({ apiVersion, kind: "ExecCredential", spec });
}

function outputOf(
  access: ClusterAccess,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), longestMs);
    const [output, account]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => account.push(chunk));
    child.on("error", (error: NodeJS.ErrnoException) =>
      failed(refused(access, error.code === "ENOENT" ? "is not installed" : `cannot be run: ${error.code}`)),
    );
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code === 0) return done(Buffer.concat(output).toString());
      const said = oneSentence(Buffer.concat(account).toString()) || `it ended with ${code}`;
      failed(
        refused(access, code === null ? `gave nothing within ${longestMs / 1000} s` : `failed: ${said}`),
      );
    });
  });
}

/** undefined when the output is no credential. */
function credentialOf(output: string, version: string): ExecCredential | undefined {
  let answer: Readonly<Record<string, unknown>>;
  try {
    answer = fieldsOf(JSON.parse(output));
  } catch {
    return undefined;
  }
  const status = fieldsOf(answer.status);
  const [token, cert, key, expiry] = [
    status.token,
    status.clientCertificateData,
    status.clientKeyData,
    status.expirationTimestamp,
  ].map(textOf);
  const complete = token !== undefined || (cert !== undefined && key !== undefined);
  if (answer.kind !== "ExecCredential" || answer.apiVersion !== version || !complete) return undefined;
  const ends = expiry === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiry);
  return { ...(token ? { token } : {}), ...(cert && key ? { cert, key } : {}), ends };
}

function refused({ user, file }: ClusterAccess, what: string): ApiError {
  const exec = fieldsOf(user.exec);
  const hint = textOf(exec.installHint);
  const sentence = `${file.path}: the credential plugin ${String(exec.command)} ${what}`;
  return new ApiError("unauthenticated", oneSentence(hint ? `${sentence}: ${hint}` : sentence), {
    sent: false,
  });
}
