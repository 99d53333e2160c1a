import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { factOf } from "../steps/step";
import { type HostedRestoreArgs, planHostedRestore } from "./restorePlan";
import { type RestoreReport, reportOf } from "./restoreReport";
import { restoreStep } from "./restoreSteps";
import { StagedMember } from "./stagedMember";
import { UtilityTools } from "./utilityTools";

/**
 * Restores every etcd member of a hosted control plane from one snapshot: one id, one operation.
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
    const provider = new k8s.Provider(
      `${name}-admin`,
      {
        kubeconfig: args.cluster.adminKubeconfig,
        ...(args.cluster.adminContext === undefined ? {} : { context: args.cluster.adminContext }),
      },
      { parent: this },
    );
    const step = (
      role: string,
      after: pulumi.Resource[],
      options: { environment?: Record<string, pulumi.Input<string>>; undo?: string } = {},
    ) => restoreStep(plan, `${name}-${role}`, role, { parent: this, after, ...options });

    const preflight = step("preflight", []);
    const tools = new UtilityTools(`${name}-tools`, plan, { parent: this, provider, dependsOn: [preflight] });
    const staged = plan.members.map(
      (member) =>
        new StagedMember(
          `${name}-${member.name}`,
          { plan, member, preflight: preflight.stdout, scripts: tools.scripts },
          { parent: this, provider, dependsOn: [tools] },
        ),
    );
    const guard = step("guard", staged, {
      undo: "undo",
      environment: {
        LIVE_REVISION: preflight.stdout.apply((result) => factOf(result, "live-revision") ?? "0"),
        BUMP: preflight.stdout.apply((result) => factOf(result, "bump") ?? ""),
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
    const released = step("release", [controllersStarted]);

    this.report = pulumi
      .all([guard.stdout, verified.stdout, released.stdout])
      .apply(([found, verdict]) => reportOf(plan, found, verdict));
    this.registerOutputs({ report: this.report });
  }
}
