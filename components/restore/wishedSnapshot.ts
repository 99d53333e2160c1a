import { createHash } from "node:crypto";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { snapshotKeyOf } from "../../store/backups";
import { ageText } from "../../store/catalog";
import { isBucketUrl, openStore } from "../../store/openStore";
import { chooseBackup, isWish, parseWish } from "../../store/wish";
import { checkArguments } from "../config/argumentsCheck";
import type { RestoreConfig } from "../config/configSchema";
import { clusterKeys, decideCluster } from "../hosted/decideCluster";
import { decided, type Values } from "../hosted/decided";
import type { HostedCluster } from "../hosted/hostedCluster";
import { openReader } from "../hosted/hostedReader";
import type { HostedRestoreArgs } from "./restoreArgs";

/**
 * The arguments with `latest` and `before:…` made one backup's address. What is chosen first is kept in the stack's state
 * for this id and this wish: later runs restore the same, whatever backups have been taken since.
 */
export function withChosenSnapshot(
  name: string,
  args: HostedRestoreArgs,
  opts: pulumi.ComponentResourceOptions | undefined,
): HostedRestoreArgs {
  const { store, ...others } = args;
  const { id, snapshot } = others;
  if (typeof snapshot !== "string" || !isWish(snapshot)) return args;
  const chosen = decided(args, (values) => chooseNow(`HostedRestore ${name}`, values));
  const wish = createHash("sha256").update(
    JSON.stringify([snapshot, typeof store === "string" ? store : ""]),
  );
  const kept = new pulumi.Stash(
    `${name}-snapshot-${plain(id)}-${wish.digest("hex").slice(0, 8)}`,
    { input: chosen },
    { ...(opts?.parent === undefined ? {} : { parent: opts.parent }), ignoreChanges: ["input"] },
  );
  return { ...others, snapshot: kept.output as pulumi.Output<string> };
}

/** Part of a resource's name, which must be known before anything is asked. */
function plain(id: pulumi.Input<string>): string {
  if (typeof id === "string") return id;
  throw new pulumi.RunError(
    "restore.id: must be a plain text where restore.snapshot is latest or before:TIME.",
  );
}

async function chooseNow(component: string, args: Values<HostedRestoreArgs>): Promise<string> {
  const { cluster: named, utilityImage, ...restore } = args;
  const keys = { operation: "restore", ...clusterKeys(named), utilityImage, restore };
  const config = checkArguments(component, keys) as RestoreConfig;
  const { id, snapshot = "", store: given = "" } = config.restore;
  const wish = parseWish(snapshot);
  if (wish === undefined) throw new TypeError("the configuration lets no other wish pass");
  const store = openStore(isBucketUrl(given) ? given : resolve(given), "restore.store");
  const begun = await begunWith(decideCluster(config, named), id);
  const backup = await chooseBackup(store, config.cluster, wish, begun);
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
async function begunWith(cluster: HostedCluster, id: string): Promise<string | undefined> {
  const reader = await openReader(cluster, "restore");
  try {
    const copies = [...(await reader.ledger.read()), await reader.ledger.past(id)];
    const fields = copies.find((copy) => copy.fields?.id === id)?.fields;
    return fields?.phase === "undone" ? undefined : fields?.snapshot || undefined;
  } catch (error) {
    const why = (error as Error).message;
    void pulumi.log.warn(`restore.snapshot: the ledger could not be asked what was begun with: ${why}`);
    return undefined;
  } finally {
    reader.close();
  }
}
