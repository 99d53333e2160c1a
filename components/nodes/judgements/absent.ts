import { type Refusal, refused } from "../../procedure/refusal";

/** How a machine that is said to be away answered: not at all, in another way than that, or as it does when it is there. */
export type Answered = "silent" | "there" | "unclear";

/**
 * Whether an undo may go without machines that are away for good: the others have a quorum of the previous data, and no
 * machine that still answers is left with the new one.
 *
 * @param state root's own directory on a machine. @param present names of the machines that are undone. @param absent how each other one answered, by name
 */
export function judgeAbsent(
  present: readonly string[],
  absent: ReadonlyMap<string, Answered>,
  state: string,
): Refusal | undefined {
  const all = present.length + absent.size;
  const names = [...absent.keys()].join(", ");
  if (present.length <= all / 2)
    return refused(
      "absent-majority",
      `without ${names} ${present.length} of ${all} members are left: the previous data would have no quorum`,
      `Bring machines back first. Where they are gone for good, put the ledger aside on those that are left: sudo mv ${state}/ledger.json ${state}/ledger.lost; then restore the snapshot under a new id with a configuration of these machines alone.`,
    );
  for (const [name, answered] of absent) {
    if (answered === "there")
      return refused(
        "absent-answers",
        `machine ${name} answers: an undo without it would leave it with other data than the others`,
        `Undo with it: leave out --without ${name}`,
      );
    if (answered === "unclear")
      return refused(
        "absent-unclear",
        `machine ${name}: something answers there and does not let us in, so it may run`,
        "Turn its power off, or mend the access and leave out --without.",
      );
  }
  return undefined;
}
