import { beforeEach, describe, expect, it } from "vitest";
import type { Volumes } from "../../../components/procedure/substrate";
import { apiError } from "../../support/fakeApi";
import { CONFIGMAPS, PODS, POLICIES, PodScene } from "../../support/podScene";

describe("letting go of the volumes", () => {
  let scene: PodScene;
  let volumes: Volumes;
  beforeEach(() => {
    scene = new PodScene();
    volumes = scene.volumes();
  });

  it("asks each Pod to end, and waits until none holds a volume", async () => {
    const pods = ["kube-etcd-0", "kube-etcd-1"].map((member) => scene.utility(member));
    scene.ended(scene.utility("kube-etcd-2"), "swapped");
    const other = scene.utility("kube-etcd-9");
    scene.api.onExec = (options) => {
      setTimeout(() => scene.ended(options.pod, "asked"), 40);
      return { code: 0, stdout: "ending\n", stderr: "" };
    };
    expect(await volumes.held()).toEqual(["kube-etcd-0", "kube-etcd-1", "kube-etcd-9"]);
    await volumes.release(["kube-etcd-0", "kube-etcd-1", "kube-etcd-2"]);
    expect(await volumes.held()).toEqual(["kube-etcd-9"]);
    const asked = scene.api.made("EXEC").map(({ path, body }) => [path, (body as string[]).slice(-2)]);
    expect(asked).toEqual(pods.map((pod) => [`${pod}/etcd-utility`, ["/etcd-recovery/end.sh", "r1"]]));
    expect(scene.api.made("DELETE")).toEqual([]);
    expect(scene.api.objects.has(`${PODS}/${other}`)).toBe(true);
  });

  it("deletes those that a step made, before and after they have run", async () => {
    const revived = { labels: { "etcd-recovery/revived": "true" } };
    const ran = scene.utility("kube-etcd-0", { phase: "Running" }, revived);
    const starting = scene.utility("kube-etcd-1", { phase: "Pending" }, revived);
    scene.api.onExec = ({ pod }) => {
      scene.ended(pod, "asked");
      throw apiError("interrupted", "cut", true);
    };
    await volumes.release(["kube-etcd-0", "kube-etcd-1"]);
    expect(scene.api.made("DELETE").map(({ path }) => path)).toEqual([
      `${PODS}/${starting}`,
      `${PODS}/${ran}`,
    ]);
  });

  it("deletes one whose scripts know no such word at once", async () => {
    const pod = scene.utility("kube-etcd-0");
    scene.api.onExec = () => ({ code: 2, stdout: "", stderr: "can't open '/etcd-recovery/end.sh'" });
    const began = Date.now();
    await volumes.release(["kube-etcd-0"]);
    expect(scene.api.made("DELETE").map(({ path }) => path)).toEqual([`${PODS}/${pod}`]);
    expect(Date.now() - began).toBeLessThan(scene.times.release * 1000);
  });

  it("asks again when it could not ask; what cannot be asked to the end is said, and not taken for free", async () => {
    const silent = (times: number) => {
      scene.api.before.push(({ method }) => {
        if (method === "GET" && times-- > 0) throw apiError("unreachable", "no route to host", false);
        return undefined;
      });
    };
    scene.ended(scene.utility("kube-etcd-0"), "swapped");
    silent(2);
    await volumes.release(["kube-etcd-0"]);
    silent(Number.POSITIVE_INFINITY);
    await expect(volumes.release(["kube-etcd-0"])).rejects.toThrow("no route to host");
  });

  it("names what stays on a node that does not answer, and forces nothing", async () => {
    const pod = scene.utility("kube-etcd-0");
    scene.api.before.push(({ method, path }) => {
      if (method !== "DELETE") return undefined;
      scene.api.touch(path, ({ metadata }) => {
        metadata.deletionTimestamp = "now";
      });
      return {};
    });
    await expect(volumes.release(["kube-etcd-0"])).rejects.toThrow(
      `utility Pods do not let go of the members' volumes: ${pod} (Running, terminating)`,
    );
    expect(scene.api.made("DELETE").map(({ body }) => body)).toEqual([undefined]);
    expect(await volumes.held()).toEqual(["kube-etcd-0"]);
  });
});

describe("clearing", () => {
  let scene: PodScene;
  let volumes: Volumes;
  const label = { "app.kubernetes.io/managed-by": "etcd-recovery", "etcd-recovery/restore": "r1" };
  const labelled = (name: string, labels: Record<string, string> = label) => ({ metadata: { name, labels } });
  beforeEach(() => {
    scene = new PodScene();
    volumes = scene.volumes();
    scene.api.put(CONFIGMAPS, labelled("scripts-1"));
    scene.api.put(CONFIGMAPS, labelled("scripts-0"));
    scene.api.put(CONFIGMAPS, { metadata: { name: "etcd-recovery" } });
    scene.api.put(POLICIES, labelled("wall"));
  });
  const left = () => [...scene.api.objects.keys()].map((path) => path.split("/").slice(-2).join("/")).sort();

  it("removes what bears the label and no stack knows, and names what is another restore's", async () => {
    const pod = scene.utility("kube-etcd-0", { phase: "Succeeded" });
    scene.utility("kube-etcd-1", { phase: "Succeeded" });
    scene.api.put(CONFIGMAPS, labelled("scripts-9", { ...label, "etcd-recovery/restore": "r9" }));
    const own = [`Pod/${pod}`, "ConfigMap/scripts-1", "NetworkPolicy/wall"];
    expect(await volumes.clean(own)).toEqual([
      "objects of other restores are in namespace uc1: ConfigMap/scripts-9 (those of this stack's last restore go when 'pulumi up' ends)",
    ]);
    expect(left()).toEqual([
      "configmaps/etcd-recovery",
      "configmaps/scripts-1",
      "configmaps/scripts-9",
      "networkpolicies/wall",
      `pods/${pod}`,
    ]);
  });

  it("removes only what a step made where no stack says what is its own", async () => {
    scene.utility("kube-etcd-0", { phase: "Succeeded" }, { labels: { "etcd-recovery/revived": "true" } });
    expect(await volumes.clean(undefined)).toEqual([]);
    expect(left()).toEqual([
      "configmaps/etcd-recovery",
      "configmaps/scripts-0",
      "configmaps/scripts-1",
      "networkpolicies/wall",
    ]);
  });

  it("tells once more what could not be told", async () => {
    let refused = 0;
    scene.api.before.push(({ method }) => {
      if (method !== "DELETE" || refused++ > 0) return undefined;
      throw apiError("throttled");
    });
    await volumes.clean(["ConfigMap/scripts-1", "NetworkPolicy/wall"]);
    expect(left()).not.toContain("configmaps/scripts-0");
  });

  it("names what stays", async () => {
    scene.api.before.push(({ method }) => (method === "DELETE" ? {} : undefined));
    await expect(volumes.clean(["ConfigMap/scripts-1", "NetworkPolicy/wall"])).rejects.toThrow(
      "these of its helpers are left: ConfigMap/scripts-0. kubectl --namespace uc1 delete ConfigMap/scripts-0;",
    );
    expect(scene.api.made("DELETE")).toHaveLength(1);
  });

  it("without a stack, everything of the operation goes and nothing else", async () => {
    scene.utility("kube-etcd-0");
    await volumes.removeAll();
    expect(left()).toEqual(["configmaps/etcd-recovery"]);
  });
});
