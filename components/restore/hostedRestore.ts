import * as pulumi from "@pulumi/pulumi";
import { factOf } from "../steps/step";
import { adminProvider } from "./adminProvider";
import { previousData } from "./previousData";
import { type HostedRestoreArgs, planHostedRestore } from "./restorePlan";
import { type RestoreReport, reportOf } from "./restoreReport";
import { restoreStep } from "./restoreSteps";
import { nodeOf, StagedMember } from "./stagedMember";
import { snapshotSource } from "./stagingSource";
import { utilityPod } from "./utilityPod";
import { UtilityTools } from "./utilityTools";

/**
 * Restores every etcd member of a hosted control plane from one snapshot, or from what an earlier restore put aside:
 * one id, one operation.
 *
 * The constructor reads as the order of a restore. Nothing existing is changed before the guard, which alone
 * undoes; everything slow is done before it, while the control plane may still serve.
 */
export class HostedRestore extends pulumi.ComponentResource {
  readonly report: pulumi.Output<RestoreReport>;

  constructor(name: string, args: HostedRestoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "etcd-recovery:index:HostedRestore",
      name,
      { restoreId: args.id, cluster: args.cluster.name },
      opts,
    );
    const plan = planHostedRestore(args);
    const provider = adminProvider(`${name}-admin`, plan.cluster, { parent: this });
    const step = (
      role: string,
      after: pulumi.Resource[],
      options: { environment?: Record<string, pulumi.Input<string>>; undo?: string } = {},
    ) => restoreStep(plan, `${name}-${role}`, role, { parent: this, after, ...options });

    const preflight = step("preflight", []);
    const tools = new UtilityTools(`${name}-tools`, plan, { parent: this, provider, dependsOn: [preflight] });
    const onVolume = plan.members.map((member) => {
      const node = preflight.stdout.apply((result) => nodeOf(result, member.name));
      const podArgs = { member, scripts: tools.scripts, node };
      const podOptions = { parent: this, provider, dependsOn: [tools] };
      return { member, pod: utilityPod(`${name}-${member.name}-utility`, plan, podArgs, podOptions) };
    });
    const pods = onVolume.map(({ pod }) => pod);
    const source =
      plan.rollback === undefined
        ? snapshotSource(plan)
        : previousData(plan, `${name}-locate-previous`, { parent: this, after: pods });
    const staged = onVolume.map(
      ({ member, pod }) =>
        new StagedMember(
          `${name}-${member.name}`,
          { plan, member, pod, source, preflight: preflight.stdout },
          { parent: this },
        ),
    );
    const guard = step("guard", staged, {
      undo: "undo",
      environment: {
        LIVE_REVISION: preflight.stdout.apply((result) => factOf(result, "live-revision") ?? "0"),
        BUMP: preflight.stdout.apply((result) => factOf(result, "bump") ?? ""),
        ...source.environment,
      },
    });
    const controllersStopped = step("quiesce-controllers", [guard]);
    const serversStopped = step("quiesce-servers", [controllersStopped]);
    const swapped = plan.members.map((member) =>
      restoreStep(plan, `${name}-${member.name}-swap`, "swap", {
        parent: this,
        after: [serversStopped],
        environment: { MEMBER: member.name },
      }),
    );
    const etcdStarted = step("start-etcd", swapped);
    const verified = step("verify-etcd", [etcdStarted]);
    const serversStarted = step("start-apiservers", [verified]);
    const committed = step("commit", [serversStarted]);
    const controllersStarted = step("start-controllers", [committed]);
    const own = [...tools.objects, ...staged.map(({ object }) => object)];
    const released = step("release", [controllersStarted], {
      environment: { OWN_OBJECTS: pulumi.all(own).apply((objects) => objects.join(" ")) },
    });

    this.report = pulumi
      .all([source.facts, guard.stdout, verified.stdout, controllersStarted.stdout, released.stdout])
      .apply((results) => reportOf(plan, ...results));
    this.registerOutputs({ report: this.report });
  }
}
