import { describe, expect, it } from "vitest";
import { hostedSite } from "../../../components/hosted/hostedSite";
import { type FoundSite, type HostedSite, judgeSite } from "../../../components/hosted/judgements/site";
import { apiError } from "../../support/fakeApi";
import { hostedScene, putControlPlane } from "../../support/hostedScene";

describe("a configuration that leads elsewhere than the operation has begun", () => {
  it.each<[string, Partial<HostedSite>, Partial<FoundSite>, string | undefined]>([
    ["the same place", {}, {}, undefined],
    [
      "another namespace",
      {},
      { namespace: "uc2", uid: undefined, exists: undefined },
      "namespace: the configuration says uc2, but restore r1 has begun with uc1",
    ],
    [
      "a namesake on another cluster",
      {},
      { uid: "b" },
      "adminKubeconfig: it reaches another cluster than the one that restore r1 has begun on: its namespace uc1 has the UID b",
    ],
    ["a cluster without the namespace", {}, { uid: undefined, exists: false }, "it has no such namespace"],
    ["nobody may read the namespace now", {}, { uid: undefined, exists: undefined }, undefined],
    ["nobody could read it then", { uid: undefined }, { uid: "b" }, undefined],
  ])("%s", (_, begun, now, said) => {
    const refusal = judgeSite(
      "r1",
      { namespace: "uc1", uid: "a", ...begun },
      { namespace: "uc1", uid: "a", exists: true, ...now },
    );
    if (said === undefined) expect(refusal).toBeUndefined();
    else expect(refusal).toMatchObject({ kind: "refused", message: expect.stringContaining(said) });
  });
});

describe("the place of a hosted cluster's ledger", () => {
  const NAMESPACES = "/api/v1/namespaces";

  it("is the namespace and its UID, and the same for as long as it exists", async () => {
    const { api, context } = hostedScene();
    putControlPlane(api);
    const site = hostedSite(context);
    const begun = await site.describe();
    expect(begun).toEqual({ namespace: "uc1", uid: expect.stringMatching(/./) });
    api.touch(`${NAMESPACES}/uc1`, ({ metadata }) => {
      metadata.labels = { changed: "since" };
    });
    expect(await site.judge("r1", begun)).toBeUndefined();
    api.put(NAMESPACES, { metadata: { name: "uc1", uid: "another" } });
    expect(await site.judge("r1", begun)).toMatchObject({ code: "cluster-changed" });
  });

  it("is asked of no cluster where the name says that it is another", async () => {
    const { api, context } = hostedScene();
    const refusal = await hostedSite(context).judge("r1", { namespace: "uc0", uid: "a" });
    expect(refusal).toMatchObject({
      code: "namespace-changed",
      remedy: expect.stringContaining("pulumi config set namespace uc0"),
    });
    expect(api.calls).toEqual([]);
  });

  it("is its name alone where nobody may read the namespace; what cannot be asked is no answer", async () => {
    const { api, context } = hostedScene();
    putControlPlane(api);
    let kind: Parameters<typeof apiError>[0] = "forbidden";
    api.before.push(() => {
      throw apiError(kind, "x");
    });
    const site = hostedSite(context);
    expect(await site.describe()).toEqual({ namespace: "uc1" });
    expect(await site.judge("r1", { namespace: "uc1", uid: "a" })).toBeUndefined();
    kind = "unreachable";
    await expect(site.judge("r1", { namespace: "uc1", uid: "a" })).rejects.toThrow("x");
  });
});
