import { parseStaged, type StagedMember } from "../../member/memberAnswers";
import { memberCalls } from "../../member/memberCalls";
import type { Act } from "../act";
import { newestRevision } from "../etcdStatus";
import { judgeAhead } from "../judgements/bump";
import { askNeed, isQuorumAlive, reasonOf } from "../judgements/need";
import { judgeWished } from "../judgements/quarantine";
import { judgeStagedMembers } from "../judgements/sameMembers";
import { judgeSnapshot } from "../judgements/snapshot";
import { isAsAsked, judgeStaged } from "../judgements/staged";
import type { Found, LedgerRecord, Part } from "../ledgerRecord";
import { demand } from "../refusal";
import { MemberScriptError } from "../substrate";
import { forEachMember } from "./cluster";
import { listed, workloadsOf } from "./foundParts";
import { findHosted } from "./hosted";
import { confirmPki } from "./pki";
import { askNewer } from "./quarantine/newer";
import { stageMember } from "./stage";
import type { StagingContext } from "./transfer";

/**
 * The last look before anything is changed: all members are staged from the ledger's snapshot into one cluster, the restore
 * is still needed, and what is found now is written down: it alone is put back, later.
 *
 * @returns cluster: id of the new one in hex; replicas: of etcd and the API servers, as found
 */
export const confirm: Act = async (context) => {
  const { ledger, substrate, request, say } = context;
  const before = await ledger.require("open", "staged");
  demand(
    judgeSnapshot(before, request),
    judgeWished(before, request),
    judgeStagedMembers(before, substrate.names),
  );
  const cluster = await confirmStaged(context, before);
  await confirmPki(context, before);
  const { statuses, facts } = await askNeed(context, before);
  const live = newestRevision(statuses);
  demand(judgeAhead({ live, revision: before.revision ?? "0", bump: before.bump ?? "0" }, context.id));
  const { found, refusals, notes } = await substrate.workloads.find();
  for (const note of notes) say(note);
  demand(...refusals);
  // Without a quorum no API server answers.
  const hosted = isQuorumAlive(facts) ? await findHosted(context) : undefined;
  const newer = await askNewer(context, before);
  const known = BigInt(before.liveRevision ?? "0");
  const record = await ledger.advance("staged", ["open"], {
    found: {
      ...found,
      quorum: isQuorumAlive(facts),
      ...(hosted === undefined ? {} : { hosted: [...hosted] }),
    },
    ...(newer === undefined || before.quarantine === undefined
      ? {}
      : { quarantine: { ...before.quarantine, newer } }),
    ...{ cluster, liveRevision: (live > known ? live : known).toString(), reason: reasonOf(request, before) },
  });
  // What an earlier run of this step found stands.
  const kept = record.found ?? found;
  const [etcd, apiServers] = [replicasOf(kept, "etcd"), replicasOf(kept, "apiServers")];
  const controllers = listed(workloadsOf(kept, "controllers"));
  say(`ledger: ${record.phase} (etcd ${etcd}, API servers ${apiServers}, controllers ${controllers})`);
  return { cluster, replicas: { etcd, apiServers } };
};

const replicasOf = (found: Found, part: Part): number =>
  workloadsOf(found, part).reduce((sum, { replicas }) => sum + replicas, 0);

/**
 * Every member is staged from the ledger's snapshot with its bump, into one cluster. One whose staged data is gone, or is of
 * another snapshot, is staged anew: the steps that staged it have ended and do not run again.
 *
 * @returns the id of the new cluster. @throws UserError
 */
export async function confirmStaged(context: StagingContext, record: LedgerRecord): Promise<string> {
  const staged = await forEachMember(context, async (member) => ({
    member,
    facts: await stagedFacts(context, record, member),
  }));
  demand(judgeStaged(staged, record));
  return staged[0]?.facts.cluster ?? "";
}

async function stagedFacts(
  context: StagingContext,
  record: LedgerRecord,
  member: string,
): Promise<StagedMember> {
  const { id, substrate, say } = context;
  try {
    const facts = parseStaged(await substrate.volumes.run(member, memberCalls.staged(id)));
    if (isAsAsked(facts, record)) return facts;
    say(`${member}: another snapshot, or another bump, is staged: once more`);
  } catch (cause) {
    if (!(cause instanceof MemberScriptError)) throw cause;
    say(`${member}: its staged data is not there: ${cause.said.trim()}: once more`);
  }
  const { facts, reason } = await stageMember(context, record, member);
  say(`${member}: staged by ${reason}`);
  return facts;
}
