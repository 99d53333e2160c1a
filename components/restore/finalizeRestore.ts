import * as pulumi from "@pulumi/pulumi";
import { factOf } from "../steps/step";
import { adminProvider } from "./adminProvider";
import { type OperationArgs, type OperationPlan, planOperation } from "./restorePlan";
import { restoreStep } from "./restoreSteps";
import { nodeOf } from "./stagedMember";
import { utilityPod } from "./utilityPod";
import { UtilityTools } from "./utilityTools";

/** What {@link FinalizeRestore} needs to know. */
export interface FinalizeRestoreArgs extends OperationArgs {
  /** Id of the finished restore whose previous data is removed. */
  readonly finalize: string;
}

/** What a completed removal says of itself. */
export interface FinalizeReport {
  /** Id of the restore that can no longer be rolled back. */
  readonly finalized: string;
  readonly cluster: string;
  readonly members: readonly { readonly name: string; readonly freedBytes: number }[];
}

/**
 * Removes what a finished restore put aside, `member.pre-<id>`, from every member's volume. Nothing else of the
 * program ever removes previous data. It cannot be undone, and the control plane serves all the while.
 */
export class FinalizeRestore extends pulumi.ComponentResource {
  readonly report: pulumi.Output<FinalizeReport>;

  constructor(name: string, args: FinalizeRestoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "etcd-recovery:index:FinalizeRestore",
      name,
      { restoreId: args.finalize, cluster: args.cluster.name },
      opts,
    );
    const plan = planFinalize(args);
    const provider = adminProvider(`${name}-admin`, plan.cluster, { parent: this });
    const step = (role: string, after: pulumi.Resource[]) =>
      restoreStep(plan, `${name}-${role}`, role, { parent: this, after });

    const preflight = step("preflight", []);
    const tools = new UtilityTools(`${name}-tools`, plan, { parent: this, provider, dependsOn: [preflight] });
    const pods = plan.members.map((member) =>
      utilityPod(
        `${name}-${member.name}-utility`,
        plan,
        {
          member,
          scripts: tools.scripts,
          node: preflight.stdout.apply((result) => nodeOf(result, member.name)),
        },
        { parent: this, provider, dependsOn: [tools] },
      ),
    );
    const removed = step("finalize", pods);
    const released = step("release", [removed]);

    this.report = pulumi
      .all([removed.stdout, released.stdout])
      .apply(([freed]) => finalizeReportOf(plan, args.finalize, freed));
    this.registerOutputs({ report: this.report });
  }
}

function planFinalize(args: FinalizeRestoreArgs): OperationPlan {
  const plan = planOperation(args);
  return { ...plan, environment: { ...plan.environment, FINALIZE_ID: args.finalize } };
}

function finalizeReportOf(plan: OperationPlan, finalized: string, freed: string): FinalizeReport {
  const members = plan.members.map(({ name }) => ({
    name,
    freedBytes: Number(factOf(freed, `freed ${name}`) ?? 0),
  }));
  return { finalized, cluster: plan.cluster.name, members };
}
