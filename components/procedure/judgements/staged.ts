import type { StagedMember } from "../../member/memberAnswers";
import type { LedgerRecord } from "../ledgerRecord";
import { type Refusal, refused } from "../refusal";

/** Whether what is staged on a volume is what the ledger says. */
export const isAsAsked = (
  { sha256, bump }: Pick<StagedMember, "sha256" | "bump">,
  record: LedgerRecord,
): boolean => sha256 === record.snapshot && bump === record.bump;

const told = ({ sha256, cluster, bump }: StagedMember): string =>
  `sha256 ${sha256} cluster ${cluster} bump ${bump}`;

/** All members are staged from the ledger's snapshot with its bump, into one new cluster. */
export function judgeStaged(
  staged: readonly { readonly member: string; readonly facts: StagedMember }[],
  record: LedgerRecord,
): Refusal | undefined {
  const [first] = staged;
  for (const { member, facts } of staged) {
    if (isAsAsked(facts, record) && facts.cluster === first?.facts.cluster) continue;
    const asked = `sha256 ${record.snapshot} bump ${record.bump}`;
    const against =
      isAsAsked(facts, record) && first ? `first member: ${told(first.facts)}` : `asked: ${asked}`;
    return refused(
      "staged-other",
      `member ${member} was staged from another snapshot or for another cluster: ${told(facts)} (${against})`,
      `Start again with a new id: pulumi destroy, pulumi config set --path restore.id ${record.id}-2`,
    );
  }
  return undefined;
}
