import { readFileSync } from "node:fs";
import { BY_STDIN, keepKubeconfig } from "../../components/access/kubeconfig/kubeconfigText";
import { UserError } from "../../components/errors";
import { jsonOf } from "../../components/procedure/arguments";

const kubeconfigs = ["adminKubeconfig", "userKubeconfig"] as const;
/** They stay in this process's memory. */
const privateKeys = ["privateKey", "jumpPrivateKey", "pkiIdentity"] as const;

/**
 * A step's arguments, with the secrets that come by standard input: kubeconfigs are kept in memory, under paths
 * that stand for them, private keys take their own place among the arguments.
 *
 * @param told the environment variable ETCD_RECOVERY_ARGUMENTS
 * @param read of standard input, a JSON object by the arguments' names
 * @throws UserError when it holds none of a name that is needed
 */
export function withSecrets(
  told: string | undefined,
  read: () => string = () => readFileSync(0, "utf8"),
): string | undefined {
  if (told?.includes(BY_STDIN) !== true) return told;
  const args = jsonOf(told) as { substrate?: Record<string, unknown> } | undefined;
  const wanted = [...kubeconfigs, ...privateKeys].filter((key) => args?.substrate?.[key] === BY_STDIN);
  if (args === undefined || wanted.length === 0) return told;
  const given = jsonOf(read()) as Readonly<Record<string, unknown>> | undefined;
  for (const key of wanted) {
    const text = given?.[key];
    if (typeof text !== "string")
      throw new UserError(`standard input holds no ${key}: steps are run by the stack.`, "pulumi up");
    const isKey = privateKeys.some((one) => one === key);
    args.substrate = { ...args.substrate, [key]: isKey ? text : keepKubeconfig(key, text) };
  }
  return JSON.stringify(args);
}
