import { createHash } from "node:crypto";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { snapshotKeyOf } from "../../store/backups";
import { ageText } from "../../store/catalog";
import { isBucketUrl, openStore } from "../../store/openStore";
import { chooseBackup, isWish, parseWish } from "../../store/wish";
import { decided, type Values } from "../decided";
import type { LedgerStore } from "../procedure/ledgerStore";

/** What of a restore's arguments says which snapshot is meant. */
interface Wishing {
  readonly id: pulumi.Input<string>;
  readonly snapshot?: pulumi.Input<string>;
  readonly store?: pulumi.Input<string>;
}

/** The restore that a snapshot is chosen for, its arguments checked. */
export interface WishedRestore {
  readonly cluster: string;
  readonly id: string;
  readonly snapshot?: string | undefined;
  readonly store?: string | undefined;
  /** The ledger, to be closed; rejects where the cluster cannot be asked. */
  readonly openLedger: () => Promise<{
    readonly ledger: Pick<LedgerStore, "read" | "past">;
    close(): void;
  }>;
}

/**
 * The arguments with `latest` and `before:…` made one backup's address. What is chosen first is kept in the stack's state
 * for this id and this wish: later runs restore the same, whatever backups have been taken since.
 *
 * @param check asked where there is something to choose. @throws UserError
 */
export function withChosenSnapshot<Args extends Wishing>(
  name: string,
  args: Args,
  opts: pulumi.ComponentResourceOptions | undefined,
  check: (values: Values<Args>) => WishedRestore,
): Args {
  const { store, ...others } = args;
  const { id, snapshot } = others;
  if (typeof snapshot !== "string" || !isWish(snapshot)) return args;
  const chosen = decided(args, async (values) => chooseNow(check(values)));
  const wish = createHash("sha256").update(
    JSON.stringify([snapshot, typeof store === "string" ? store : ""]),
  );
  const kept = new pulumi.Stash(
    `${name}-snapshot-${plain(id)}-${wish.digest("hex").slice(0, 8)}`,
    { input: chosen },
    { ...(opts?.parent === undefined ? {} : { parent: opts.parent }), ignoreChanges: ["input"] },
  );
  return { ...others, snapshot: kept.output as pulumi.Output<string> } as unknown as Args;
}

/** Part of a resource's name, which must be known before anything is asked. */
function plain(id: pulumi.Input<string>): string {
  if (typeof id === "string") return id;
  throw new pulumi.RunError(
    "restore.id: must be a plain text where restore.snapshot is latest or before:TIME.",
  );
}

/** The address of the backup that is meant now, or by the ledger of a restore that has begun. @throws UserError */
export async function chooseNow(restore: WishedRestore): Promise<string> {
  const { cluster, snapshot = "", store: given = "" } = restore;
  const wish = parseWish(snapshot);
  if (wish === undefined) throw new TypeError("the configuration lets no other wish pass");
  const store = openStore(isBucketUrl(given) ? given : resolve(given), "restore.store");
  const begun = await begunWith(restore);
  const warn = (sentence: string) => void pulumi.log.warn(`restore.snapshot: ${snapshot}: ${sentence}`);
  const backup = await chooseBackup(store, cluster, wish, { digest: begun, warn });
  const address = store.address(snapshotKeyOf(backup));
  const age = ageText((Date.now() - Date.parse(backup.time)) / 1000);
  const why = begun === undefined ? "now" : "by the ledger of this restore";
  void pulumi.log.info(`restore.snapshot: ${snapshot} is ${why} ${address}, taken ${age} ago`);
  return address;
}

/**
 * SHA-256 of the snapshot that a restore of this id has begun with, as its ledger says; undefined of one that has not. A
 * ledger that cannot be asked says nothing: preflight asks again, and without an answer nothing is changed.
 */
async function begunWith({ id, openLedger }: WishedRestore): Promise<string | undefined> {
  try {
    const opened = await openLedger();
    try {
      const copies = [...(await opened.ledger.read()), await opened.ledger.past(id)];
      const own = copies.flatMap(({ fields }) => (fields?.id === id ? [fields] : []));
      // machines have a copy each, and what was undone on one is being undone on all
      if (own.some(({ phase }) => phase === "undone")) return undefined;
      return own.map(({ snapshot }) => snapshot).find((digest) => digest !== undefined && digest !== "");
    } finally {
      opened.close();
    }
  } catch (error) {
    const why = (error as Error).message;
    void pulumi.log.warn(`restore.snapshot: the ledger could not be asked what was begun with: ${why}`);
    return undefined;
  }
}
