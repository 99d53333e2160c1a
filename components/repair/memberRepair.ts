import * as pulumi from "@pulumi/pulumi";
import { adminProvider } from "../restore/adminProvider";
import { nodeOf } from "../restore/stagedMember";
import { utilityPod } from "../restore/utilityPod";
import { UtilityTools } from "../restore/utilityTools";
import { type Environment, factOf, step } from "../steps/step";
import { repairAfterGuard } from "./repairOrder";
import { type MemberRepairArgs, planMemberRepair, type RepairPlan } from "./repairPlan";
import { repairPodFiles, repairScript } from "./repairScripts";

/** What a completed repair says of itself. Revisions and hashes are decimal strings: they may exceed 2^53. */
export interface RepairReport {
  readonly restoreId: string;
  readonly cluster: string;
  readonly member: string;
  /** Ids as etcd prints them, in hex; `old` is absent when etcd had no such member. */
  readonly ids: { readonly old?: string; readonly new: string };
  /** The revision at which the members were compared, while clients wrote. */
  readonly revision: string;
  readonly members: readonly { readonly name: string; readonly hashKV: string }[];
}

/**
 * Replaces one bad member of a hosted control plane whose other members have a quorum: no snapshot, no outage.
 *
 * etcd forgets the member and takes it again under a new id; what it then serves, it fetches from the others. Only
 * the member's own Pod is ever restarted; no workload, budget or other member is touched. The guard alone undoes.
 */
export class MemberRepair extends pulumi.ComponentResource {
  readonly report: pulumi.Output<RepairReport>;

  constructor(name: string, args: MemberRepairArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "etcd-recovery:index:MemberRepair",
      name,
      { restoreId: args.id, cluster: args.cluster.name, member: args.member },
      opts,
    );
    const plan = planMemberRepair(args);
    const provider = adminProvider(`${name}-admin`, plan.cluster, { parent: this });
    const preflight = repairStep(plan, name, "preflight", { parent: this });
    const tools = new UtilityTools(
      `${name}-tools`,
      plan,
      { parent: this, provider, dependsOn: [preflight] },
      repairPodFiles(),
    );
    const pod = utilityPod(
      `${name}-${plan.member.name}-utility`,
      plan,
      {
        member: plan.member,
        scripts: tools.scripts,
        node: preflight.stdout.apply((result) => nodeOf(result, plan.member.name)),
      },
      { parent: this, provider, dependsOn: [tools] },
    );
    const guard = repairStep(
      plan,
      name,
      "guard",
      { parent: this, dependsOn: [pod] },
      {
        LIVE_REVISION: preflight.stdout.apply((result) => factOf(result, "live-revision") ?? "0"),
        SIZE: preflight.stdout.apply((result) => factOf(result, "size") ?? "0"),
      },
    );
    const results: Record<string, pulumi.Output<string>> = {};
    let previous = guard;
    for (const script of repairAfterGuard) {
      previous = repairStep(plan, name, script, { parent: this, dependsOn: [previous] });
      results[script] = previous.stdout;
    }
    this.report = pulumi
      .all([guard.stdout, results.replace ?? "", results.verify ?? "", previous.stdout])
      .apply(([found, replaced, verdict]) => reportOf(plan, found, replaced, verdict));
    this.registerOutputs({ report: this.report });
  }
}

/** The resource `<prefix>-<script>` that runs the script once for the repair's id; the guard's deletion undoes. */
function repairStep(
  plan: RepairPlan,
  prefix: string,
  script: string,
  opts: pulumi.CustomResourceOptions,
  environment: Environment = {},
) {
  return step(
    `${prefix}-${script}`,
    {
      script: repairScript(script),
      environment: { STEP: script, ...plan.environment, ...environment },
      operation: plan.id,
      timeout: "15m",
      ...(script === "guard" ? { undo: repairScript("undo") } : {}),
    },
    opts,
  );
}

function reportOf(plan: RepairPlan, found: string, replaced: string, verdict: string): RepairReport {
  const old = factOf(found, "old-member");
  return {
    restoreId: plan.id,
    cluster: plan.cluster.name,
    member: plan.member.name,
    ids: {
      ...(old === undefined || old === "none" ? {} : { old }),
      new: factOf(replaced, "new-member") ?? "",
    },
    revision: factOf(verdict, "revision") ?? "",
    members: plan.members.map(({ name }) => ({
      name,
      hashKV: (factOf(verdict, `member ${name}`) ?? "").split(" ")[0] ?? "",
    })),
  };
}
