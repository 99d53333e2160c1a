import type { Act, ActContext } from "../act";
import { demand } from "../refusal";
import { allOf } from "../waiting";
import { demandAhead } from "./verify/ahead";
import { askAlarms, clearAlarms, demandNoAlarm } from "./verify/alarms";
import { demandWritable, writeCanary } from "./verify/canary";
import { demandEqual } from "./verify/hashes";
import { judgeIdentities } from "./verify/identities";
import { demandNotServing } from "./verify/serving";
import { isFull, measureSpace } from "./verify/space";
import { askAllStatuses } from "./verify/statuses";

/**
 * The restored members are one cluster, equal, writable, and ahead of every client's memory.
 *
 * The outage waits for this: what does not hang on another answer is asked at the same time.
 */
export const verifyEtcd: Act = async (context) => {
  const { ledger, substrate, say } = context;
  const record = await ledger.require("started");
  const warnings: string[] = [];
  const warn = (warning: string | undefined) => {
    if (warning === undefined) return;
    say(`warning: ${warning}`);
    warnings.push(warning);
  };
  const asked = [demandNotServing(context, record), askAlarms(substrate)] as const;
  const answers = [askAllStatuses(substrate), strangers(context), writeCanary(context)] as const;
  await allOf<unknown>([...asked, ...answers]);
  const [alarms, statuses, foreign, first] = await Promise.all([asked[1], ...answers]);

  demand(judgeIdentities(substrate, statuses, record));
  warn(await clearAlarms(substrate, alarms, statuses));
  const revision = await demandWritable(context, first);
  const equal = demandEqual(substrate, revision);
  await allOf<unknown>([equal, demandAhead(context, record, revision), demandNoAlarm(substrate)]);
  const space = await measureSpace(statuses, substrate.etcd);
  if (isFull(space))
    warn(`etcd: ${space.size} of ${space.quota} bytes are taken: compact and defragment soon`);
  for (const warning of foreign) warn(warning);
  say(`etcd: ${statuses.length} members equal at revision ${revision}, writable`);
  const members = (await equal).map(({ member, hash }) => ({
    name: member,
    hashKV: hash,
    revision: String(revision),
  }));
  return { revision: String(revision), members, warnings };
};

/** An etcd of before the restore that lives somewhere and still talks to these members. It undoes nothing. */
async function strangers({ substrate }: ActContext): Promise<readonly string[]> {
  const { etcd, members } = substrate;
  const each = await Promise.all(
    members.map(async ({ name }) => ({ name, who: await etcd.strangers(name).catch(() => []) })),
  );
  return each
    .filter(({ who }) => who.length > 0)
    .map(
      ({ name, who }) =>
        `an etcd of another cluster still runs and talks to ${name}, which refuses it (${who.join("; ")}): find it and stop it`,
    );
}
