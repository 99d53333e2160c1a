import type { DiffRequest, DiffResult } from "../rpc/provider";
import { compact, isUnknown, plainMap } from "../rpc/values";
import { canonicalNamespace } from "./checkInputs";
import { readCheckpoint } from "./checkpoint";
import { forceNewFields } from "./forceNew";
import { isAutonamed } from "./naming";
import { normalizeInputs } from "./normalize";
import { diffObjects } from "./objectDiff";
import { metadataOf, nameOf, namespaceOf, withMetadata } from "./objects";
import { pruneLive } from "./prune";
import { isNamespaced, type Session } from "./session";

/**
 * Compares the live object of the state with the new inputs. An object that must be replaced under the same name, given
 * by the user, is deleted first.
 */
export async function diffResource(session: Session, request: DiffRequest): Promise<DiffResult> {
  const { inputs, live } = readCheckpoint(request.olds);
  const namespaced = await isNamespaced(session, live);
  let pruned = pruneLive(live, normalizeInputs(inputs));
  let news = normalizeInputs(plainMap(compact(request.news)));
  pruned = withMetadata(pruned, { namespace: namespaced ? canonicalNamespace(pruned) : undefined });
  if (!isUnknown(metadataOf(news).namespace)) {
    news = withMetadata(news, { namespace: namespaced ? canonicalNamespace(news) : undefined });
  }
  if (nameOf(news) !== "") {
    pruned = withMetadata(pruned, { name: nameOf(live) });
  }
  const { configMapMutable: configMap, secretMutable: secret } = session.settings;
  const detailed = diffObjects(pruned, news, forceNewFields(news, { configMap, secret }));
  const replaces = Object.values(detailed).some((kind) => kind.endsWith("-replace"));
  return {
    changes: Object.keys(detailed).length > 0,
    detailed,
    deleteBeforeReplace:
      replaces &&
      nameOf(news) !== "" &&
      !isAutonamed(news) &&
      nameOf(news) === nameOf(live) &&
      namespaceOf(news) === namespaceOf(live),
  };
}
