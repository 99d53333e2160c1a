import type { ActContext } from "../../act";
import { lastWords, parseFields } from "../../etcdStatus";
import { errorOf, failed } from "../../refusal";
import { askThroughAny, canaryKey, GO_BACK } from "./asking";

type Means = Pick<ActContext, "id" | "substrate">;

/** Writes a value, reads it back, deletes it. @returns the revision of that, at which members are compared; undefined when it failed */
export async function writeCanary({ id, substrate }: Means): Promise<bigint | undefined> {
  const key = canaryKey(id);
  if ((await askThroughAny(substrate, ["put", key, id])) === undefined) return undefined;
  const deleted = await askThroughAny(substrate, ["del", key, "--prev-kv", "-w", "fields"]);
  const fields = parseFields(deleted?.stdout ?? "");
  const revision = fields.get("Revision");
  if (fields.get("PrevValue") !== id || revision === undefined) return undefined;
  return BigInt(revision);
}

/** @param first what the first write came to: it may have met an alarm that has been disarmed since */
export async function demandWritable(context: Means, first: bigint | undefined): Promise<bigint> {
  const revision = first ?? (await writeCanary(context));
  if (revision !== undefined) return revision;
  const { id, substrate } = context;
  const [asked] = substrate.members;
  const name = asked?.name ?? "";
  const why = lastWords(await substrate.etcd.run(name, ["put", canaryKey(id), id]));
  throw errorOf(
    failed(
      "etcd-not-writable",
      `etcd: a value cannot be written, read back and deleted: ${why}`,
      `${substrate.advice.lookAtMember(name)}; then 'pulumi up' goes on. ${GO_BACK}`,
    ),
  );
}
