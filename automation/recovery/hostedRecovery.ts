import { checkKubeconfig } from "../../components/access/kubeconfig/kubeconfig";
import { objectName } from "../../components/config/fields";
import { UserError } from "../../components/errors";
import { quoted } from "../../components/hosted/kubectlText";
import { absolutePath } from "../commandLine/homePath";
import type { RecoveryAccess } from "./recoveryAccess";
import type { RecoveryOptions } from "./recoveryCommand";

/** A hosted cluster, by the admin cluster's kubeconfig and its namespace there. Kubeconfigs are looked at, as a stack does. */
export function hostedRecovery(options: RecoveryOptions): RecoveryAccess {
  const { adminContext, namespace = "", allowInsecure = [] } = options;
  const named = objectName.safeParse(namespace);
  if (!named.success)
    throw new UserError(`--namespace: ${named.error.issues[0]?.message}.`, "Give another: --namespace NAME");
  const adminKubeconfig = absolutePath(options.adminKubeconfig ?? "");
  const userKubeconfig =
    options.userKubeconfig === undefined ? undefined : absolutePath(options.userKubeconfig);
  const context = adminContext === undefined ? {} : { context: adminContext };
  checkKubeconfig({ path: adminKubeconfig, key: "--admin-kubeconfig", allowInsecure, ...context });
  if (userKubeconfig !== undefined)
    checkKubeconfig({ path: userKubeconfig, key: "--user-kubeconfig", allowInsecure });
  return {
    substrate: {
      ...{ kind: "hosted", namespace, adminKubeconfig },
      ...(adminContext === undefined ? {} : { adminContext }),
      ...(userKubeconfig === undefined ? {} : { userKubeconfig }),
    },
    about: { namespace },
    words: [
      ...["--admin-kubeconfig", quoted(adminKubeconfig)],
      ...(adminContext === undefined ? [] : ["--admin-context", quoted(adminContext)]),
      ...(userKubeconfig === undefined ? [] : ["--user-kubeconfig", quoted(userKubeconfig)]),
      ...["--namespace", namespace],
      ...allowInsecure.flatMap((server) => ["--allow-insecure", quoted(server)]),
    ],
    none: `--namespace ${namespace}: has no ledger: no restore was ever opened there.`,
    unasked: "--admin-kubeconfig: the admin cluster could not be asked",
  };
}
