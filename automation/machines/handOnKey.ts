import { ApiClient } from "../../components/access/apiClient";
import { ApiError } from "../../components/access/apiError";
import { endOf, startChild } from "../../components/access/childProcesses";
import { checkKubeconfig } from "../../components/access/kubeconfig/kubeconfig";
import { judgePrivateKey, keyText } from "../../components/access/ssh/privateKey";
import { userAgent } from "../../components/access/userAgent";
import { FailedError, RefusedError, UserError } from "../../components/errors";
import { type NodesProfileName, nodesProfiles } from "../../components/profiles/profiles";
import { absolutePath } from "../commandLine/homePath";
import type { KeyCommandOptions } from "./keyCommand";

const SET = "pulumi config set --secret --path ssh.privateKey";

/** Where a Secret holds a key. */
export interface SecretPlace {
  readonly namespace: string;
  readonly name: string;
  readonly field: string;
}

/**
 * Reads the key of machines from its Secret, and gives it to `pulumi config set` by standard input, or to whatever
 * standard output is, if that is no terminal. No file has it.
 *
 * @throws UserError
 */
export async function handOnKey(options: KeyCommandOptions): Promise<void> {
  const { set } = options;
  const place = secretPlace(options);
  if (set === undefined && process.stdout.isTTY === true)
    throw new RefusedError(
      "Standard output is a terminal: a private key is not shown there.",
      `Give --set, or a pipe: … | ${SET}`,
    );
  const text = await keyOfSecret(options, place);
  if (set === undefined) {
    process.stdout.write(text);
    return;
  }
  await setInStack(text, set === true ? undefined : String(set));
  process.stderr.write(
    `ssh.privateKey is set, from field ${place.field} of Secret ${place.namespace}/${place.name}.\n`,
  );
}

/** Which Secret it is. @throws UserError when a user cluster is not named */
export function secretPlace({
  cluster,
  profile = cluster === undefined ? "gdc-admin" : "gdc-controlplane-v2",
  namespace,
}: Pick<KeyCommandOptions, "profile" | "cluster" | "namespace">): SecretPlace {
  const secret = nodesProfiles[profile as NodesProfileName].sshSecret;
  if (secret === undefined)
    throw new UserError(
      `--profile ${profile}: its clusters keep no key in a Secret.`,
      "Give --ssh-key FILE.",
    );
  const where = namespace ?? secret.namespace ?? cluster;
  if (where === undefined)
    throw new UserError(`--profile ${profile}: whose key it is is not said.`, "Give --cluster NAME.");
  return { namespace: where, name: secret.name, field: secret.field };
}

/** @throws UserError; FailedError when the cluster does not answer. None quotes what the Secret holds */
async function keyOfSecret(options: KeyCommandOptions, place: SecretPlace): Promise<string> {
  const { context, allowInsecure = [] } = options;
  const path = absolutePath(options.kubeconfig ?? "");
  const chosen = context === undefined ? {} : { context };
  checkKubeconfig({ path, key: "--kubeconfig", allowInsecure, ...chosen });
  const client = await ApiClient.open({
    ...{ kubeconfig: path, key: "--kubeconfig", userAgent: userAgent("machines-key") },
    ...chosen,
  });
  const at = `Secret ${place.namespace}/${place.name}`;
  try {
    const secret = await client.find<{ readonly data?: Readonly<Record<string, string>> }>(
      `/api/v1/namespaces/${place.namespace}/secrets/${place.name}`,
    );
    if (secret === undefined)
      throw new UserError(
        `${at}: there is none on ${client.server}.`,
        "Check --cluster, --namespace, --profile.",
      );
    return judgedKey(secret.data?.[place.field], `${at}: its field ${place.field}`);
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
    throw new FailedError(
      `${at}: cannot be read: ${cause.message}.`,
      `Where the key lies in a file: ${SET} < KEYFILE`,
    );
  } finally {
    client.close();
  }
}

/** The key as a file has it. @param data in base64. @param what for messages. @throws RefusedError; never quotes it */
export function judgedKey(data: string | undefined, what: string): string {
  const text = Buffer.from(data ?? "", "base64").toString("utf8");
  const wrong = data === undefined ? "is not there" : judgePrivateKey(text);
  if (wrong !== undefined) throw new RefusedError(`${what} ${wrong}.`, "Look at it: kubectl describe secret");
  return keyText(text);
}

/** @throws FailedError */
async function setInStack(text: string, stack: string | undefined): Promise<void> {
  const named = stack === undefined ? [] : ["--stack", stack];
  const words = ["config", "set", "--secret", "--path", "ssh.privateKey", "--non-interactive", ...named];
  const child = startChild(["pulumi", ...words], "pipe");
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(text);
  const { code, stderr } = await endOf(child);
  if (code !== 0)
    throw new FailedError(
      `pulumi config set ended with ${code}: ${stderr.trim()}`,
      "Run this where the stack's Pulumi.yaml is; choose a stack: --set STACK",
    );
}
