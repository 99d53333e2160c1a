import type { Act } from "../act";
import { demand, errorOf, failed } from "../refusal";
import { pkiWords } from "../request";
import { askCluster, askServerVersion, settleBump } from "./cluster";
import { judgeSource } from "./inspect";
import { pkiOf } from "./pki";

/**
 * Judges the snapshot once more, binding, and writes it into the ledger: from here all members are staged from this one
 * file, with one revision bump. While the ledger is open another snapshot takes its place.
 *
 * @returns sha256, revision, bump, liveRevision
 */
export const bindSnapshot: Act = async (context) => {
  const { ledger, request, say } = context;
  const bound = await ledger.require("open");
  const { snapshot } = request;
  if (snapshot === undefined)
    throw errorOf(
      failed(
        "no-source",
        `restore ${context.id} is open: its snapshot is known to its own stack alone`,
        "'pulumi up' on its stack goes on, 'pulumi destroy' there goes back.",
      ),
    );
  if (request.pki !== undefined) pkiOf(context);
  const cluster = await askCluster(context);
  const serverVersion = await askServerVersion(context, cluster);
  const { refusals, notes } = judgeSource(context, cluster, serverVersion);
  for (const note of notes) say(note);
  demand(...refusals);
  const { sha256, revision } = snapshot;
  const { bump, liveRevision } = settleBump(
    context,
    cluster,
    revision,
    bound.snapshot === sha256 ? bound : { liveRevision: bound.liveRevision },
  );
  await ledger.keep(["open"], {
    ...{ snapshot: sha256, sizeBytes: String(snapshot.sizeBytes), revision, bump, liveRevision },
    ...{ serverVersion, clusterUid: snapshot.kubeSystemUid, pki: pkiWords(request) },
    // It was a roll-back before.
    ...{ rollback: undefined, source: undefined },
  });
  say(`bound: SHA-256 ${sha256} at revision ${revision}; bump ${bump}, live revision ${liveRevision}`);
  return { sha256, revision, bump, liveRevision };
};
