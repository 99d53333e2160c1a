import { ApiClient } from "../access/apiClient";
import { userAgent } from "../access/userAgent";
import type { StepArguments } from "../procedure/arguments";
import { errorOf, misset } from "../procedure/refusal";
import type { Substrate } from "../procedure/substrate";
import { etcdInPods } from "./etcdInPods";
import { askPrefix } from "./facts/askPrefix";
import { type HostedNames, namesText, parseHostedAccess, parseNames } from "./hostedAccess";
import { hostedAdvice } from "./hostedAdvice";
import { hostedBudget } from "./hostedBudget";
import { membersOf } from "./hostedCluster";
import type { AdminApi, HostedContext } from "./hostedContext";
import { hostedRepair } from "./hostedRepair";
import { hostedSite } from "./hostedSite";
import { hostedUserApi } from "./hostedUserApi";
import { hostedWorkloads } from "./hostedWorkloads";
import { judgeHosted } from "./judgeHosted";
import { ledgerConfigMap } from "./ledgerConfigMap";
import { utilityPods } from "./utilityPods";

/**
 * The cluster that a step's arguments name.
 *
 * @param step for the admin cluster's audit log. @param say takes lines of the step's account
 * @throws UserError when the arguments, a kubeconfig or the ledger's names cannot be used; ApiError
 */
export async function openSubstrate(
  args: StepArguments,
  step: string,
  say: (line: string) => void,
): Promise<Substrate> {
  const access = parseHostedAccess(args.substrate);
  const { adminKubeconfig: kubeconfig, adminContext: context, namespace } = access;
  const agent = userAgent(step);
  const client = await ApiClient.open({ kubeconfig, context, userAgent: agent });
  try {
    const names = access.names ?? (await namesInLedger(client, namespace));
    const { id, operation, request } = args;
    const members = membersOf(names);
    const ledger = ledgerConfigMap(client, namespace);
    const shared = { client, namespace, names, members, id, operation, request, access, ledger, say };
    return substrateOf({ ...shared, userAgent: agent }, () => client.close());
  } catch (cause) {
    client.close();
    throw cause;
  }
}

/** The parts of a hosted substrate over one connection. */
export function substrateOf(context: HostedContext, closeClient: () => void): Substrate {
  const userApi = hostedUserApi(context);
  return {
    members: context.members,
    ledger: context.ledger,
    volumes: utilityPods(context),
    etcd: etcdInPods(context),
    workloads: hostedWorkloads(context),
    budget: hostedBudget(context),
    userApi,
    storagePrefix: () => askPrefix(context),
    repair: hostedRepair(context),
    site: hostedSite(context),
    advice: hostedAdvice(context),
    names: namesText(context.names),
    judge: (request) => judgeHosted(context, request),
    close() {
      userApi.close();
      closeClient();
    },
  };
}

/** The cluster as the operation that wrote the ledger had it. */
async function namesInLedger(client: AdminApi, namespace: string): Promise<HostedNames> {
  const [copy] = await ledgerConfigMap(client, namespace).read();
  if (copy?.fields === undefined) {
    throw errorOf(
      misset("ledger-absent", `--namespace ${namespace}: has no ledger: no restore was ever opened there.`),
    );
  }
  return parseNames(copy.fields.names ?? "", copy.place);
}
