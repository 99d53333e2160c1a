import type { ActContext } from "../../act";
import { lastWords } from "../../etcdStatus";
import type { LedgerRecord } from "../../ledgerRecord";
import { errorOf, failed } from "../../refusal";
import { canaryKey, GO_BACK } from "./asking";

/** The restored revision is ahead of every client's memory, and what clients remember is compacted: they list again. */
export async function demandAhead(
  context: Pick<ActContext, "id" | "substrate">,
  { revision = "0", liveRevision, bump }: Pick<LedgerRecord, "revision" | "liveRevision" | "bump">,
  restored: bigint,
): Promise<void> {
  const live = BigInt(liveRevision ?? 0);
  const bumped = BigInt(revision) + BigInt(bump ?? 0);
  const floor = live > bumped ? live : bumped;
  if (restored <= floor) {
    throw errorOf(
      failed(
        "etcd-behind",
        `etcd: revision ${restored} is not above ${floor} (last live revision ${liveRevision ?? "unknown"}, snapshot ${revision}, bump ${bump ?? "none"}): clients would miss changes`,
        GO_BACK,
      ),
    );
  }
  const remembered = live > 0n ? live : BigInt(revision);
  if (await isCompacted(context, remembered)) return;
  throw errorOf(
    failed(
      "etcd-not-compacted",
      `etcd: a watch from revision ${remembered}, before the restore, would not be told to list again: clients would stay blind`,
      GO_BACK,
    ),
  );
}

/** Whether a member refuses to look as far back as this revision: a watch from there is ended. */
async function isCompacted(
  { id, substrate }: Pick<ActContext, "id" | "substrate">,
  revision: bigint,
): Promise<boolean> {
  for (const { name } of substrate.members) {
    const answer = await substrate.etcd.run(name, ["get", canaryKey(id), `--rev=${revision}`]);
    if (answer.code !== 0 && lastWords(answer).includes("compacted")) return true;
  }
  return false;
}
