import { errorOf, failed } from "../procedure/refusal";
import type { Budget } from "../procedure/substrate";
import { fieldsOf, ownersAlive } from "./budgetFields";
import type { HostedContext } from "./hostedContext";
import { hasKind } from "./workloads/workloadPods";

/** A PodDisruptionBudget, as far as it is looked at. */
export interface BudgetObject {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly {
      readonly apiVersion: string;
      readonly kind: string;
      readonly name: string;
      readonly uid: string;
      readonly blockOwnerDeletion?: boolean;
    }[];
    readonly [field: string]: unknown;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

const seconds = 15;

/** The PodDisruptionBudget of the API servers, which holds up what drains their nodes. */
export function hostedBudget(context: HostedContext): Budget {
  const { client, namespace, names } = context;
  const name = names.profile.apiServer.podDisruptionBudget;
  const collection = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`;
  const find = () => client.find<BudgetObject>(`${collection}/${name}`, { seconds });
  const differences = async (saved: string): Promise<readonly string[]> => {
    const live = await find();
    if (saved === "")
      return live === undefined
        ? []
        : [`PodDisruptionBudget ${name} was made by somebody else during the restore`];
    if (live === undefined) return [`PodDisruptionBudget ${name} is gone again: something deleted it`];
    const [was, is] = [fieldsOf(parsed(saved, name)), fieldsOf(live)];
    const differing = Object.keys(was).filter((field) => was[field] !== is[field]);
    return differing.map(
      (field) => `PodDisruptionBudget ${name}: ${field} is '${is[field]}', the ledger says '${was[field]}'`,
    );
  };
  return {
    async read() {
      const live = await find();
      return live === undefined ? "" : JSON.stringify(kept(live));
    },
    async remove(saved, permit) {
      if (saved === "") return;
      const live = await find();
      const was = parsed(saved, name);
      // Older ledgers have no uid: there the fields say whether it is the same.
      const same =
        live !== undefined &&
        (was.metadata.uid === undefined
          ? (await differences(saved)).length === 0
          : was.metadata.uid === live.metadata.uid);
      if (!same) return;
      await permit();
      try {
        await client.delete(`${collection}/${name}`, {
          body: { preconditions: { uid: live.metadata.uid } },
          seconds,
        });
      } catch (error) {
        if (!hasKind(error, "notFound", "conflict")) throw error;
      }
    },
    async restore(saved) {
      if (saved === "") return;
      const live = await find();
      if (live !== undefined) {
        const { deletionTimestamp: ending, finalizers = [] } = live.metadata;
        if (ending === undefined) return;
        // It is there, and would be gone as soon as somebody is done with it.
        throw errorOf(
          failed(
            "budget-ending",
            `PodDisruptionBudget ${name} is being deleted since ${ending}, and stays until its finalizers are done: ${finalizers.join(", ") || "unknown"}`,
            "Let whoever set them finish; then run the same command again: it puts back the recorded one.",
          ),
        );
      }
      const was = parsed(saved, name);
      const { uid: _, ownerReferences = [], ...metadata } = was.metadata;
      const owners = await ownersAlive(context, ownerReferences);
      const lost = ownerReferences.filter((owner) => !owners.includes(owner));
      for (const owner of lost)
        context.say(
          `PodDisruptionBudget ${name}: put back without its owner ${owner.kind} ${owner.name}, which is gone or cannot be asked for`,
        );
      const create = (ownerReferences: typeof owners) =>
        client.create(
          collection,
          { ...was, metadata: { ...metadata, ...(owners.length === 0 ? {} : { ownerReferences }) } },
          { seconds },
        );
      try {
        await create(owners);
      } catch (error) {
        if (hasKind(error, "alreadyExists")) return;
        if (!hasKind(error, "forbidden") || owners.length === 0) throw error;
        // That an owner's deletion waits for it, only who may change the owner's finalizers may say.
        await create(owners.map(({ blockOwnerDeletion: _, ...owner }) => owner));
      }
    },
    differences,
  };
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** Without what the server sets itself, with its uid: by it the one that was read is known again. */
function kept({ status: _, ...live }: BudgetObject): BudgetObject {
  const {
    resourceVersion,
    generation,
    creationTimestamp,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    selfLink,
    managedFields,
    annotations = {},
    ...metadata
  } = live.metadata;
  const { [lastApplied]: __, ...others } = annotations;
  const kind = { apiVersion: "policy/v1", kind: "PodDisruptionBudget" };
  return {
    ...kind,
    ...live,
    metadata: { ...metadata, ...(Object.keys(others).length === 0 ? {} : { annotations: others }) },
  };
}

function parsed(saved: string, name: string): BudgetObject {
  try {
    const object = JSON.parse(saved) as BudgetObject;
    if (object?.metadata?.name === name && object.kind === "PodDisruptionBudget") return object;
  } catch {
    // Said below: the ledger is text that somebody may have edited.
  }
  throw errorOf(
    failed(
      "budget-invalid",
      `the ledger's budget is not PodDisruptionBudget ${name}`,
      "Look at the ledger, and put the budget back by hand.",
    ),
  );
}
