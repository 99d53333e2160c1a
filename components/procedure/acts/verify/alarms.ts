import type { MemberStatus } from "../../etcdStatus";
import { errorOf, failed } from "../../refusal";
import type { Substrate } from "../../substrate";
import { askThroughAny, GO_BACK } from "./asking";
import { isFull, measureSpace } from "./space";

/** @returns etcd's alarms, a line each; "" without any. @throws UserError when it could not be asked */
export async function askAlarms(substrate: Pick<Substrate, "members" | "etcd">): Promise<string> {
  const answer = await askThroughAny(substrate, ["alarm", "list"]);
  if (answer !== undefined) return answer.stdout.trim();
  throw errorOf(
    failed("alarms-unknown", "etcd: could not ask for alarms", `Run 'pulumi up' again. ${GO_BACK}`),
  );
}

/**
 * An alarm travels in the snapshot, and healthy is not writable: NOSPACE is disarmed where there is space; without, etcd
 * would raise it again with the next write.
 *
 * @returns a warning when one was disarmed
 */
export async function clearAlarms(
  substrate: Pick<Substrate, "members" | "etcd" | "advice">,
  alarms: string,
  statuses: readonly MemberStatus[],
): Promise<string | undefined> {
  if (alarms === "") return undefined;
  if (alarms.includes("CORRUPT")) {
    const each = alarms.split("\n").join("; ");
    throw errorOf(
      failed(
        "alarm-corrupt",
        `etcd: alarm CORRUPT (${each}): a member's data differs from the others'`,
        GO_BACK,
      ),
    );
  }
  const space = await measureSpace(statuses, substrate.etcd);
  const taken = `${space.size} of ${space.quota} bytes are taken`;
  if (isFull(space)) {
    throw errorOf(
      failed(
        "alarm-nospace",
        `etcd: alarm NOSPACE came with the snapshot, and the store is read-only: ${taken} (${space.used} in use)`,
        `Free space: ${substrate.advice.defragment()}   (each member); or raise --quota-backend-bytes. Then 'pulumi up' disarms it and goes on. ${GO_BACK}`,
      ),
    );
  }
  if ((await askThroughAny(substrate, ["alarm", "disarm"])) === undefined) {
    throw errorOf(
      failed("alarm-armed", "etcd: could not disarm the alarm NOSPACE", `Run 'pulumi up' again. ${GO_BACK}`),
    );
  }
  return `alarm NOSPACE came with the snapshot; ${taken}, so it was disarmed`;
}

/** After the first write: an alarm now is this cluster's own. */
export async function demandNoAlarm(substrate: Pick<Substrate, "members" | "etcd">): Promise<void> {
  const alarms = await askAlarms(substrate);
  if (alarms === "") return;
  throw errorOf(
    failed(
      "alarm-again",
      `etcd: a write raised the alarm ${alarms.split("\n").join("; ")}`,
      `Give etcd space (quota, defragmentation), then 'pulumi up' goes on. ${GO_BACK}`,
    ),
  );
}
