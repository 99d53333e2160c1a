import { rename } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { chooseMember } from "../memberChoice";
import { askStatus, lastWords, type MemberStatus } from "../procedure/etcdStatus";
import { errorOf, failed } from "../procedure/refusal";
import type { BackupSource } from "./backupSource";
import { type Captured, type CapturedFacts, plainName } from "./captured";
import { capturePki } from "./capturePki";
import { cleanUp } from "./cleanUp";
import { askUser } from "./userFacts";
import { receiveSnapshot } from "./wholeSnapshot";

/** What a capture needs to know. */
export interface CaptureTask {
  readonly generation: string;
  /** Where beside the member the snapshot lies for a moment. */
  readonly podDirectory: string;
  readonly saveSeconds: number;
  /** age recipients of what is secret by itself; needed where the source has keys. */
  readonly recipients?: readonly string[];
  /** How long a fetch that failed is tried again, in seconds. Default: 60. */
  readonly fetchSeconds?: number;
}

type Say = (line: string) => void;

/**
 * Takes a snapshot of a healthy member and leaves nothing there. Run again after it was done, it takes none, and asks
 * only the user cluster once more where that was silent.
 *
 * @throws UserError
 */
export async function captureBackup(
  source: BackupSource,
  captured: Captured,
  task: CaptureTask,
  say: Say,
): Promise<CapturedFacts> {
  await captured.make();
  const known = await captured.read();
  if (known !== undefined) return completed(source, captured, known, say);
  const time = new Date().toISOString();
  const chosen = await chosenMember(source);
  const { member } = chosen;
  const { pki } = source;
  const sealed = pki === undefined ? {} : { pki: await capturePki({ ...source, pki }, captured, task, say) };
  await takeSnapshot(source, captured, member, task, say);
  const own = {
    time,
    member,
    clusterId: chosen.clusterId.toString(),
    etcdVersion: chosen.version,
    ...sealed,
  };
  const facts = { ...own, ...(await askUser(source.user, say)) };
  await captured.write(facts);
  return facts;
}

/** The facts of an earlier run, with what the user cluster did not say then. */
export async function completed(
  { user }: Pick<BackupSource, "user">,
  captured: Captured,
  facts: CapturedFacts,
  say: Say,
): Promise<CapturedFacts> {
  if (user === undefined || facts.kubeSystemUid !== undefined) return facts;
  const now = { ...facts, ...(await askUser(user, say)) };
  await captured.write(now);
  return now;
}

async function chosenMember(source: BackupSource): Promise<MemberStatus> {
  const { members, place, look } = source;
  const answers = await askStatus(source);
  if (answers.length === 0)
    throw errorOf(failed("backup-silent", `etcd of ${place}: no member could be asked`, `Look: ${look}`));
  const choice = chooseMember(answers, members.length);
  if (choice.best !== undefined) return choice.best;
  const remedy = "Mend etcd first; a restore needs an older backup.";
  throw errorOf(failed("backup-no-quorum", `etcd of ${place}: ${choice.problem}`, remedy));
}

async function takeSnapshot(
  source: BackupSource,
  captured: Captured,
  member: string,
  task: CaptureTask,
  say: Say,
): Promise<void> {
  if (source.saved !== undefined)
    return fetch(captured, member, () => saved(source, member, task), task, say);
  const remote = `${task.podDirectory}/etcd-recovery-${plainName(task.generation)}.db`;
  const remove = () => removeEverywhere(source, member, remote, say);
  await cleanUp(remove, async () => {
    await save(source, member, remote, task.saveSeconds);
    await fetch(captured, member, async () => source.read(member, remote), task, say);
  });
}

const saved = (source: BackupSource, member: string, { saveSeconds }: CaptureTask) =>
  source.saved?.(member, saveSeconds) as Promise<NodeJS.ReadableStream>;

async function save({ etcd }: BackupSource, member: string, remote: string, seconds: number): Promise<void> {
  const answer = await etcd.run(member, ["snapshot", "save", remote], { seconds });
  if (answer.code === 0) return;
  const why = lastWords(answer) || `it ended with ${answer.code}`;
  const sentence = `${member}: etcdctl snapshot save failed: ${why}`;
  throw errorOf(failed("backup-save", sentence, "'pulumi up' tries again."));
}

/** A stream may be cut and its end look like a good one: the snapshot's own digest tells. */
async function fetch(
  captured: Captured,
  member: string,
  open: () => Promise<NodeJS.ReadableStream>,
  { saveSeconds, fetchSeconds = 60 }: CaptureTask,
  say: Say,
): Promise<void> {
  const ends = Date.now() + fetchSeconds * 1000;
  for (;;) {
    try {
      const bytes = await receiveSnapshot(await open(), captured.part, saveSeconds);
      await rename(captured.part, captured.snapshot);
      return say(`${member}: saved ${bytes} bytes`);
    } catch (error) {
      const why = (error as Error).message;
      if (Date.now() >= ends)
        throw errorOf(
          failed(
            "backup-fetch",
            `${member}: the snapshot did not arrive whole: ${why}`,
            "'pulumi up' tries again.",
          ),
        );
      say(`${member}: the snapshot did not arrive whole, once more: ${why}`);
    }
    await sleep(200);
  }
}

/** Also where a run that was killed had saved one. */
async function removeEverywhere(
  source: BackupSource,
  member: string,
  remote: string,
  say: Say,
): Promise<void> {
  const removals = source.members.map(({ name }) =>
    source.remove(name, [remote, `${remote}.part`]).catch((error: Error) => {
      if (name === member) say(`could not remove ${remote} from ${name}: ${error.message}`);
    }),
  );
  await Promise.all(removals);
}
