import * as pulumi from "@pulumi/pulumi";
import { argumentsOf, type HostedGraphArgs } from "../hosted/hostedGraph";
import { openSubstrate } from "../hosted/openSubstrate";
import { ARGUMENTS_FORMAT } from "../procedure/arguments";
import { type AdvisedOperation, preflightAdvice } from "./preflightAdvice";

/** The same of an operation on a hosted cluster. */
export function advise(plan: HostedGraphArgs): Promise<void> {
  const { operation, id, request } = plan;
  const args = { format: ARGUMENTS_FORMAT, operation, id, request };
  return adviseOn({
    ...{ operation, id, request },
    open: async () => openSubstrate({ ...args, substrate: argumentsOf(plan) }, "preview", () => undefined),
  });
}

/** What `pulumi up` would refuse, said in the preview already; there it is advice, since time may change it. */
export async function adviseOn(operation: AdvisedOperation): Promise<void> {
  if (!pulumi.runtime.isDryRun()) return;
  const { refusals, notes } = await preflightAdvice(operation);
  for (const { message, remedy } of refusals)
    void pulumi.log.warn(
      `pulumi up would stop here: ${message}${remedy === undefined ? "" : `\n  ${remedy}`}`,
    );
  for (const note of notes) void pulumi.log.info(note);
}
