import type { EtcdAnswer, Substrate } from "../../substrate";

export const GO_BACK = "'pulumi destroy' goes back to the previous data.";

/** Key that is written and deleted again to see that etcd takes writes. */
export const canaryKey = (id: string): string => `/etcd-recovery/${id}`;

/** Asks all members' endpoints, through the first member that can be asked. @returns undefined when none can */
export async function askThroughAny(
  { members, etcd }: Pick<Substrate, "members" | "etcd">,
  argv: readonly string[],
): Promise<EtcdAnswer | undefined> {
  for (const { name } of members) {
    const answer = await etcd.run(name, argv, { endpoints: "all" });
    if (answer.code === 0) return answer;
  }
  return undefined;
}

/** Names of the members that are not among these, in their order. */
export const absentFrom = (
  { members }: Pick<Substrate, "members">,
  answered: readonly { readonly member: string }[],
): readonly string[] =>
  members.map(({ name }) => name).filter((name) => !answered.some(({ member }) => member === name));
