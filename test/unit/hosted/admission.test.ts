import { describe, expect, it } from "vitest";
import { judgeAdmission } from "../../../components/hosted/judgements/admission";
import { apiError } from "../../support/fakeApi";
import { paths, pod } from "../../support/hostedScene";
import { type Change, judge } from "./judgeScene";

const exceeded =
  'pods "kube-etcd-0-utility-x" is forbidden: exceeded quota: compute, requested: limits.memory=4Gi, used: limits.memory=9Gi, limited: limits.memory=10Gi';

describe("a namespace that takes no utility Pod", () => {
  it.each<[string, string | undefined, string | undefined, RegExp]>([
    ["nothing is said", undefined, undefined, /./],
    [
      "a right is missing",
      'pods is forbidden: User "x" cannot create resource "pods" in API group "" in the namespace "uc1"',
      undefined,
      /./,
    ],
    [
      "a quota that is used up",
      exceeded,
      "exceeded quota: compute, requested: limits.memory=4Gi, used: limits.memory=9Gi, limited: limits.memory=10Gi",
      /^Make room.*: kubectl --namespace uc1 edit resourcequota compute$/,
    ],
    [
      "a quota of what the Pod does not say",
      'pods "x" is forbidden: failed quota: cpu: must specify limits.cpu for: etcd-utility',
      "failed quota: cpu: must specify limits.cpu for: etcd-utility",
      /LimitRange, .* edit resourcequota cpu$/,
    ],
    [
      "a LimitRange",
      'pods "x" is forbidden: maximum memory usage per Container is 1Gi, but limit is 4Gi',
      "maximum memory usage per Container is 1Gi, but limit is 4Gi",
      /edit limitrange$/,
    ],
    [
      "a level of Pod Security",
      'pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true',
      'violates PodSecurity "restricted:latest": runAsNonRoot != true',
      /label namespace uc1 pod-security\.kubernetes\.io\/enforce=baseline --overwrite$/,
    ],
  ])("%s", (_, said, sentence, remedy) => {
    const refusal = judgeAdmission({ namespace: "uc1", kubectl: "kubectl", said });
    if (sentence === undefined) expect(refusal).toBeUndefined();
    else
      expect(refusal).toEqual({
        ...{ code: "utility-not-admitted", kind: "refused" },
        message: `namespace uc1: it takes no utility Pod: ${sentence}`,
        remedy: expect.stringMatching(remedy),
      });
  });

  const request = { utilityImage: "x/etcdutl:1" };
  const judged = (change: Change, kind: Parameters<typeof apiError>[0] = "forbidden", own = false) =>
    judge({ request, ...change }, (api) => {
      if (own)
        api.put(paths.pods, pod("x", "u", { metadata: { labels: { "etcd-recovery/restore": "r1" } } }));
      api.before.push(({ method, path, query }) => {
        if (method === "POST" && path === paths.pods && query?.dryRun === "All")
          throw apiError(kind, exceeded);
        return undefined;
      });
    });

  it.each(["restore", "rollback", "finalize"] as const)(
    "is told of before a %s makes anything",
    async (operation) => {
      const { refusals } = await judged({ operation });
      expect(refusals).toMatchObject([{ code: "utility-not-admitted" }]);
    },
  );

  it("is no reason where its own Pods are there, it is under way, or nobody knows", async () => {
    expect((await judged({}, "forbidden", true)).refusals).toEqual([]);
    expect((await judged({ underWay: true })).refusals).toEqual([]);
    for (const kind of ["timeout", "invalid", "server"] as const)
      expect((await judged({}, kind)).refusals).toEqual([]);
  });
});
