import type { MemberCall } from "../../member/memberScripts";
import type { ActContext } from "../act";
import { errorOf, failed } from "../refusal";
import { MemberScriptError } from "../substrate";
import { allOf, waitUntil } from "../waiting";

type Means = Pick<ActContext, "substrate">;

export const memberNames = ({ substrate }: Means): readonly string[] =>
  substrate.members.map(({ name }) => name);

/** Runs a script on one member's volume. @throws UserError that quotes it when it fails */
export async function onVolume(
  { substrate }: Means,
  member: string,
  call: MemberCall,
  remedy: string,
): Promise<string> {
  try {
    return await substrate.volumes.run(member, call);
  } catch (cause) {
    if (!(cause instanceof MemberScriptError)) throw cause;
    throw errorOf(failed("volume-script", cause.message, remedy));
  }
}

/** Etcd may start on any machine only when nothing of ours holds a volume. */
export async function letGoOfVolumes(context: Means): Promise<void> {
  const { volumes } = context.substrate;
  await volumes.release(memberNames(context));
  let held: readonly string[] = [];
  const { done, unasked } = await waitUntil(
    async () => {
      held = await volumes.held();
      return held.length === 0;
    },
    { seconds: 60, every: 0.2 },
  );
  if (done) return;
  throw errorOf(
    failed(
      "volumes-held",
      unasked === undefined
        ? `the volumes of ${held.join(", ")} are still held by what worked on them`
        : `could not ask whether the volumes are free (${unasked})`,
      "Mend the cause, then run the same command again.",
    ),
  );
}

/**
 * Runs a script on the volumes that something of this operation holds.
 *
 * @param only the one member that the operation is about; default: it is about all. @returns the members that answered
 */
export async function onHeldVolumes(
  { substrate, say }: Pick<ActContext, "substrate" | "say">,
  call: MemberCall,
  only?: string,
): Promise<readonly string[]> {
  const held = (await substrate.volumes.held()).filter((member) => only === undefined || member === only);
  const answered = await allOf(
    held.map(async (member) => {
      try {
        await substrate.volumes.run(member, call);
        return [member];
      } catch (cause) {
        // It may end by its mark before its answer is through; what counts is what follows.
        say(`${member}: its volume gave no answer: ${cause instanceof Error ? cause.message : cause}`);
        return [];
      }
    }),
  );
  return answered.flat();
}
