import { expect } from "vitest";
import { judgeHosted } from "../../../components/hosted/judgeHosted";
import type { PreflightRequest } from "../../../components/procedure/request";
import { apiError, type FakeApi } from "../../support/fakeApi";
import { allowAllBut, hostedScene, putControlPlane, type SceneChange } from "../../support/hostedScene";

/** A cluster that is well but for this. */
export type Change = SceneChange & { readonly underWay?: boolean; readonly denied?: readonly string[] };

/** Judges it, and proves that nothing was changed. */
export async function judge(change: Change = {}, put: (api: FakeApi) => void = () => undefined) {
  const { api, context } = hostedScene(change);
  putControlPlane(api, change.members ?? 3);
  allowAllBut(api, ...(change.denied ?? []));
  put(api);
  const { operation = "restore", request = {}, underWay = false } = change;
  const asked: PreflightRequest = { operation, id: "r1", request, underWay, recorded: {} };
  const before = structuredClone([...api.objects]);
  const answer = await judgeHosted(context, asked);
  expect([...api.objects]).toEqual(before);
  return { ...answer, messages: answer.refusals.map(({ kind, message }) => `${kind} ${message}`), api };
}

/** Every call ends so. */
export function fail(kind: Parameters<typeof apiError>[0]) {
  return (api: FakeApi) => {
    api.before.unshift(() => {
      throw apiError(kind, "x");
    });
  };
}

/** A request for a snapshot with encrypted values. */
export function encrypted() {
  return { snapshot: { path: "/s", sizeBytes: 1, sha256: "0", revision: "1", encryption: ["aescbc:key9"] } };
}
