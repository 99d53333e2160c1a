import type { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { ARGUMENTS_FORMAT, type Operation } from "../procedure/arguments";
import { type Phase, predecessors, rowsOf } from "../procedure/phases";
import type { Request } from "../procedure/request";
import { resultOf, type StepResult, step } from "./step";

/** What its acts are told. */
export interface OperationPlan {
  readonly id: string;
  /** How the steps reach the cluster; also its names, for the acts that have no ledger to read them from. */
  readonly substrate: {
    readonly access: object;
    readonly names: object;
    /** Beside the access, for acts that are told the request. */
    readonly asked?: object;
  };
  readonly request: Request;
}

/** What {@link OperationGraph} needs to know. Plain values decide which resources exist. */
export interface OperationGraphArgs {
  readonly operation: Operation;
  readonly members: readonly string[];
  /** Whether workloads are put under quarantine. Default false: acts that only then do something are not declared. */
  readonly quarantine?: boolean;
  /** What members keep beside their data is restored too. Default: not. */
  readonly pki?: boolean;
  /** Every act waits for it: where it is refused, nothing is made. */
  readonly plan: pulumi.Output<OperationPlan>;
  /** Secrets that every act reads from standard input. */
  readonly stdin?: pulumi.Output<string | undefined>;
  /** The same for acts that are told the request. Default: no others. */
  readonly askedStdin?: pulumi.Output<string | undefined>;
  /**
   * Declares what the table calls a resource, for a member; called when what it waits for is declared. Absent: this
   * substrate needs none, and what would wait for it waits for what is before it.
   */
  readonly resource?: (member: string, graph: OperationGraph, after: pulumi.Resource[]) => pulumi.Resource;
  /** Objects of the stack's own, as `Kind/name`, for the act that looks for left-overs. */
  readonly own: () => readonly pulumi.Output<string>[];
}

/** Whether the ledger, which has the cluster's names, is there when the act begins. */
const hasLedger = ({ from = [], to }: Phase): boolean => from.length > 0 && to !== "open";

/** What an act is asked for: what moves a member's data needs to know the file, not whose it is. */
function requestFor({ group, only }: Phase, request: Request): Request {
  if (group !== "StagedMember") return request;
  if (only === "pki") return { pki: request.pki };
  const { snapshot, rollback, utilityImage, etcdutl } = request;
  const { kubeSystemUid: _, manifestUid: __, encryption: ___, ...file } = snapshot ?? {};
  return {
    ...(snapshot === undefined ? {} : { snapshot: file as Request["snapshot"] }),
    ...(rollback === undefined ? {} : { rollback }),
    ...(utilityImage === undefined ? {} : { utilityImage }),
    ...(etcdutl === undefined ? {} : { etcdutl }),
  };
}

/** A changed one runs the act again. */
function triggersOf({ bySnapshot }: Phase, { id, request }: OperationPlan): string[] {
  const digest = bySnapshot === true ? (request.snapshot?.sha256 ?? request.rollback) : undefined;
  if (digest === undefined) return [id];
  return [id, digest, ...(request.pki?.bundles ?? []).map(({ sha256 }) => sha256)];
}

/** Declares an operation's table of phases as resources of a component: its acts, in its order, in its groups. */
export class OperationGraph {
  private readonly declared = new Map<string, pulumi.Resource[]>();
  private readonly groups = new Map<string, pulumi.ComponentResource>();
  private readonly rows: readonly Phase[];

  constructor(
    private readonly parent: pulumi.ComponentResource,
    private readonly name: string,
    private readonly args: OperationGraphArgs,
  ) {
    const { operation, pki = false, quarantine = false } = args;
    this.rows = rowsOf(operation, { pki, quarantine });
    for (const phase of this.rows) this.declare(phase);
  }

  /** The result of an act that runs once; empty before it has run. */
  result(act: string): pulumi.Output<StepResult> {
    const [command] = this.declared.get(act) ?? [];
    return resultOf((command as local.Command | undefined) ?? { stdout: pulumi.output("") });
  }

  private declare(phase: Phase): void {
    const before = predecessors(this.args.operation, phase, this.rows);
    const { resource } = this.args;
    if (phase.resource === true && resource === undefined) {
      this.declared.set(
        phase.act,
        before.flatMap((act) => this.declared.get(act) ?? []),
      );
      return;
    }
    const members = phase.where === "member" ? this.args.members : [undefined];
    this.declared.set(
      phase.act,
      members.map((member) => {
        const after = before.flatMap((act) => this.before(act, phase, member));
        return phase.resource === true && resource !== undefined
          ? resource(member ?? "", this, after)
          : this.act(phase, member, after);
      }),
    );
  }

  /** A member's staging waits for its own transfer alone; whatever comes after a barrier waits for all members. */
  private before(act: string, phase: Phase, member: string | undefined): readonly pulumi.Resource[] {
    const all = this.declared.get(act) ?? [];
    const sameGroup = this.rows.find((row) => row.act === act)?.group === phase.group;
    const own = all[this.args.members.indexOf(member ?? "")];
    return sameGroup && phase.group === "StagedMember" && own !== undefined ? [own] : all;
  }

  private act(phase: Phase, member: string | undefined, dependsOn: pulumi.Resource[]): local.Command {
    const { plan, askedStdin = this.args.stdin } = this.args;
    const stdin = phase.request === true ? askedStdin : this.args.stdin;
    return step(
      [this.name, member, phase.act].filter((part) => part !== undefined).join("-"),
      {
        step: phase.act,
        arguments: this.argumentsOf(phase, member),
        triggers: plan.apply((known) => triggersOf(phase, known)),
        ...(stdin === undefined ? {} : { stdin }),
        minutes: phase.minutes,
        undo: phase.act === "guard",
        sited: phase.act === "guard" || phase.act === "preflight",
      },
      { parent: this.groupOf(phase, member), dependsOn },
    );
  }

  private argumentsOf(phase: Phase, member: string | undefined): pulumi.Input<object> {
    const { operation, plan, own } = this.args;
    const value = plan.apply(({ id, substrate, request }) => ({
      format: ARGUMENTS_FORMAT,
      operation,
      id,
      ...(member === undefined ? {} : { member }),
      substrate: {
        ...substrate.access,
        ...(phase.request === true ? substrate.asked : {}),
        ...(hasLedger(phase) ? {} : { names: substrate.names }),
      },
      ...(phase.request === true ? { request: requestFor(phase, request) } : {}),
    }));
    return phase.act === "release"
      ? pulumi.all([value, pulumi.all([...own()])]).apply(([known, objects]) => ({ ...known, own: objects }))
      : value;
  }

  private groupOf({ group }: Phase, member: string | undefined): pulumi.ComponentResource {
    if (group === undefined) return this.parent;
    const name = group === "StagedMember" ? `${this.name}-${member}` : `${this.name}-${group.toLowerCase()}`;
    const known = this.groups.get(name);
    if (known !== undefined) return known;
    const inputs = group === "StagedMember" ? { member } : {};
    const made = new pulumi.ComponentResource(`etcd-recovery:index:${group}`, name, inputs, {
      parent: this.parent,
    });
    this.groups.set(name, made);
    return made;
  }
}
