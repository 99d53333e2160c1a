import * as pulumi from "@pulumi/pulumi";
import type { HostedGraphArgs } from "../hosted/hostedGraph";
import { preflightAdvice } from "./preflightAdvice";

/** What `pulumi up` would refuse, said in the preview already; there it is advice, since time may change it. */
export async function advise(plan: HostedGraphArgs): Promise<void> {
  if (!pulumi.runtime.isDryRun()) return;
  const { refusals, notes } = await preflightAdvice(plan);
  for (const { message, remedy } of refusals)
    void pulumi.log.warn(
      `pulumi up would stop here: ${message}${remedy === undefined ? "" : `\n  ${remedy}`}`,
    );
  for (const note of notes) void pulumi.log.info(note);
}
