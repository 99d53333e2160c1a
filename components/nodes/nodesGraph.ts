import * as pulumi from "@pulumi/pulumi";
import { BY_STDIN } from "../access/kubeconfig/kubeconfigText";
import type { Operation } from "../procedure/arguments";
import type { Request } from "../procedure/request";
import { OperationGraph } from "../steps/operationGraph";
import { withoutCallStacks } from "../steps/withoutCallStacks";
import { secretText, stepAccessOf } from "./nodesAccess";
import type { NodesCluster } from "./nodesCluster";

/** An operation on a control plane on machines, decided: all that its resources are told. */
export interface NodesGraphArgs {
  readonly id: string;
  readonly cluster: NodesCluster;
  readonly request: Request;
  /** age's secret key of the bundles that the request names. Secret. */
  readonly pkiIdentity?: string;
}

/** What decides which resources there are, and is known before anything is asked. */
export interface NodesGraphShape {
  readonly operation: Operation;
  /** Names of the members that it is about, as their machines are called. */
  readonly members: readonly string[];
  /** Whether something is put under quarantine. */
  readonly quarantine?: boolean;
  /** Their keys and certificates are restored too. Default: not. */
  readonly pki?: boolean;
}

/**
 * Declares an operation on machines: the table's acts, each a step on the operator's side that reaches the machines by
 * OpenSSH. What works on a machine's volume is a script that ends with its answer: nothing of the stack's lives there.
 *
 * @param plan every resource waits for it
 */
export function nodesGraph(
  parent: pulumi.ComponentResource,
  name: string,
  { operation, members, quarantine = false, pki = false }: NodesGraphShape,
  plan: pulumi.Output<NodesGraphArgs>,
): OperationGraph {
  return withoutCallStacks(
    () =>
      new OperationGraph(parent, name, {
        operation,
        members,
        ...{ quarantine, pki },
        plan: plan.apply(({ id, cluster, request, pkiIdentity }) => ({
          ...{ id, request },
          // The ledger's names are in the arguments of every step: without them no machine could be asked for it.
          substrate: {
            ...{ access: stepAccessOf(cluster), names: {} },
            ...(pkiIdentity === undefined ? {} : { asked: { pkiIdentity: BY_STDIN } }),
          },
        })),
        stdin: pulumi.secret(plan.apply(({ cluster }) => secretText(cluster))),
        askedStdin: pulumi.secret(plan.apply(({ cluster, pkiIdentity }) => secretText(cluster, pkiIdentity))),
        own: () => [],
      }),
  );
}
