import { beforeEach, describe, expect, it } from "vitest";
import { memberCalls } from "../../../components/member/memberCalls";
import type { Volumes } from "../../../components/procedure/substrate";
import { apiError, once } from "../../support/fakeApi";
import { CONFIGMAPS, PODS, PodScene } from "../../support/podScene";

const unschedulable = { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "no node" };
/** By the node's name: its labels may say something else. */
const onlyOn = (node: string) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] }],
    },
  },
});

describe("a utility Pod that has ended", () => {
  let scene: PodScene;
  let volumes: Volumes;
  beforeEach(() => {
    scene = new PodScene();
    volumes = scene.volumes();
  });

  it("is not made anew before the guard", async () => {
    scene.ended(scene.utility("kube-etcd-0"), "x");
    await expect(volumes.run("kube-etcd-0", memberCalls.state("r1"))).rejects.toThrow(
      /^no utility Pod of kube-etcd-0 is running/,
    );
    scene.openLedger("quiesced", { id: "r0" });
    await expect(volumes.run("kube-etcd-0", memberCalls.state("r1"))).rejects.toThrow(/^no utility Pod/);
    expect(scene.api.made("POST")).toEqual([]);
  });

  it("is kept in the ledger as it was made, not as what else the cluster runs in it", async () => {
    const name = scene.utility("kube-etcd-0");
    scene.api.touch(`${PODS}/${name}`, ({ spec }) => {
      const { containers } = spec as { containers: object[] };
      const securityContext = { capabilities: { add: ["NET_ADMIN"] } };
      containers.unshift({ name: "mesh", image: "mesh:1", securityContext });
    });
    const { utility = "" } = await volumes.describe();
    expect(JSON.parse(utility)).toMatchObject({ spec: { containers: [{ image: "registry/etcd:1" }] } });
  });

  it("gets its image as the one before did, and has its label", async () => {
    const utility = JSON.parse(scene.reach.utility) as { spec: object };
    const like = {
      imagePullSecrets: [{ name: "registry" }],
      securityContext: { seLinuxOptions: { level: "s0:c1,c2" } },
    };
    Object.assign(utility.spec, like);
    scene.openLedger("quiesced", { utility: JSON.stringify(utility) });
    scene.revivedRun();
    await volumes.run("kube-etcd-0", memberCalls.state("r1"));
    expect(scene.api.made("POST")[0]?.body).toMatchObject({
      spec: like,
    });
    scene.api.touch(
      `${PODS}/${scene.utility("kube-etcd-0")}`,
      ({ spec }) => void Object.assign(spec as object, like),
    );
    const { utility: kept = "" } = await volumes.describe();
    expect(JSON.parse(kept)).toMatchObject({ spec: like });
  });

  it("lives as long as a transfer may take, while members are staged: bound by its progress, not by an age", async () => {
    scene.openLedger("open");
    scene.revivedRun();
    await volumes.run("kube-etcd-0", memberCalls.state("r1"));
    expect(scene.api.made("POST")[0]?.body).toMatchObject({ spec: { activeDeadlineSeconds: 86_400 } });
  });

  it("is made anew from the ledger, where the member's own Pod is", async () => {
    scene.openLedger("quiesced");
    scene.etcdPod("kube-etcd-0", "node-b");
    scene.revivedRun();
    scene.api.onExec = () => ({ code: 0, stdout: "swapped\n", stderr: "" });
    await volumes.run("kube-etcd-0", memberCalls.swap("r1"));
    expect(scene.api.made("POST")[0]?.body).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        generateName: "kube-etcd-0-utility-",
        namespace: "uc1",
        labels: {
          "app.kubernetes.io/managed-by": "etcd-recovery",
          "etcd-recovery/restore": "r1",
          "etcd-recovery/member": "kube-etcd-0",
          "etcd-recovery/revived": "true",
          "sidecar.istio.io/inject": "false",
        },
        annotations: { "linkerd.io/inject": "disabled" },
      },
      spec: {
        restartPolicy: "Never",
        terminationGracePeriodSeconds: 10,
        activeDeadlineSeconds: 1800,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        affinity: onlyOn("node-b"),
        tolerations: [{ key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" }],
        containers: [
          {
            name: "etcd-utility",
            image: "registry/etcd:1",
            imagePullPolicy: "IfNotPresent",
            command: ["/bin/sh", "/etcd-recovery/main.sh", "r1", "revived"],
            env: [{ name: "DATA_DIRECTORY", value: "/var/lib/etcd" }],
            resources: { limits: { memory: "4Gi" } },
            securityContext: {
              runAsUser: 0,
              capabilities: { drop: ["ALL"], add: ["CHOWN"] },
              allowPrivilegeEscalation: false,
            },
            volumeMounts: [
              { name: "data", mountPath: "/var/lib/etcd" },
              { name: "scripts", mountPath: "/etcd-recovery", readOnly: true },
            ],
          },
        ],
        volumes: [
          { name: "data", persistentVolumeClaim: { claimName: "data-kube-etcd-0" } },
          { name: "scripts", configMap: { name: "scripts-1", defaultMode: 0o555 } },
        ],
      },
    });
  });

  it("is made on the recorded node when the member has no Pod", async () => {
    scene.openLedger("quiesced");
    scene.revivedRun();
    await volumes.run("kube-etcd-1", memberCalls.state("r1"));
    expect(scene.api.made("POST")[0]?.body).toMatchObject({
      spec: { affinity: onlyOn("node-1") },
    });
  });

  it.each([
    ["is there still", ["scripts-1", "scripts-2"], "scripts-1"],
    ["a newer program has replaced", ["scripts-0", "scripts-2"], "scripts-2"],
  ])("has the scripts of the ledger, or the newest where the ledger's %s", async (_, there, taken) => {
    scene.openLedger("quiesced");
    scene.revivedRun();
    for (const [at, name] of there.entries()) {
      const creationTimestamp = `2026-01-01T00:00:0${at}Z`;
      const metadata = { name, creationTimestamp, labels: { "etcd-recovery/restore": "r1" } };
      scene.api.put(CONFIGMAPS, { metadata, data: { "main.sh": "exit" } });
    }
    await volumes.run("kube-etcd-1", memberCalls.state("r1"));
    expect(scene.api.made("POST")[0]?.body).toMatchObject({
      spec: { volumes: [{ name: "data" }, { name: "scripts", configMap: { name: taken } }] },
    });
  });

  it("is not joined by a second while one starts", async () => {
    scene.openLedger("quiesced");
    const pod = scene.utility("kube-etcd-0", { phase: "Pending", startTime: "now" });
    setTimeout(() => scene.change(pod, { phase: "Running" }), 50);
    await volumes.run("kube-etcd-0", memberCalls.state("r1"));
    expect(scene.api.made("POST")).toEqual([]);
  });

  it("is made without a node when that one is lost and etcd is down", async () => {
    scene.openLedger("quiesced");
    scene.etcdSet(0);
    scene.api.after.push(
      once(
        ({ method }) => method === "POST",
        (_, api) => {
          for (const [at, pod] of api.objects)
            if (at.includes("-utility-")) pod.status = { phase: "Pending", conditions: [unschedulable] };
          scene.revivedRun();
        },
      ),
    );
    await volumes.run("kube-etcd-0", memberCalls.state("r1"));
    const made = scene.api.made("POST").map(({ body }) => (body as { spec: object }).spec);
    expect(made).toHaveLength(2);
    expect(made[0]).toHaveProperty("affinity");
    expect(made[1]).not.toHaveProperty("affinity");
    expect(scene.api.made("DELETE")).toHaveLength(1);
  });

  it.each([
    ["etcd is told to run", () => scene.etcdSet(3)],
    [
      "a Pod of etcd is left",
      () => {
        scene.etcdSet(0);
        scene.etcdPod("kube-etcd-2", "node-2");
      },
    ],
  ])("keeps its node while %s, and says what it waits for", async (_, arrange) => {
    scene.openLedger("quiesced");
    arrange();
    scene.api.after.push(({ method }, api) => {
      if (method !== "POST") return;
      for (const [at, pod] of api.objects)
        if (at.includes("-utility-")) {
          pod.status = { phase: "Pending", conditions: [unschedulable] };
          scene.event(pod.metadata.name, "FailedScheduling", "0/3 nodes are available");
        }
    });
    await expect(volumes.run("kube-etcd-0", memberCalls.state("r1"))).rejects.toThrow(
      /does not run after[\s\S]*Unschedulable: no node[\s\S]*event: FailedScheduling 0\/3 nodes/,
    );
    expect(scene.api.made("POST")).toHaveLength(1);
    expect(await volumes.held()).toEqual([]);
  });

  it("that the namespace does not take, names what mends that", async () => {
    scene.openLedger("quiesced");
    scene.api.before.push(({ method }) => {
      if (method === "POST")
        throw apiError("forbidden", 'pods "u" is forbidden: exceeded quota: pods, used: 3');
      return undefined;
    });
    await expect(volumes.run("kube-etcd-0", memberCalls.state("r1"))).rejects.toMatchObject({
      message: expect.stringContaining("could not make a utility Pod for kube-etcd-0: "),
      remedy: expect.stringContaining("edit resourcequota pods"),
    });
  });

  it("is never made of what an edited ledger adds", async () => {
    const utility = JSON.parse(scene.reach.utility);
    utility.spec.hostPID = true;
    utility.spec.volumes.push({ name: "root", hostPath: { path: "/" } });
    utility.spec.containers[0].securityContext.privileged = true;
    utility.spec.containers[0].volumeMounts = [{ name: "root", mountPath: "/root" }];
    scene.openLedger("quiesced", { utility: JSON.stringify(utility) });
    scene.revivedRun();
    await volumes.run("kube-etcd-0", memberCalls.state("r1"));
    const text = JSON.stringify(scene.api.made("POST")[0]?.body);
    expect(text).not.toMatch(/host(PID|Path)|privileged|\/root/);
    utility.spec.containers[0].securityContext.capabilities.add = ["SYS_ADMIN"];
    scene.openLedger("quiesced", { utility: JSON.stringify(utility) });
    scene.api.objects.forEach((_, at) => void (at.includes("utility-") && scene.api.objects.delete(at)));
    await expect(volumes.run("kube-etcd-0", memberCalls.state("r1"))).rejects.toThrow(
      /^the ledger uc1\/etcd-recovery: not written by this program: utility/,
    );
  });

  it("is described for the ledger by what it can be made of again", async () => {
    scene.ended(scene.utility("kube-etcd-0"), "x");
    scene.utility("kube-etcd-1", { phase: "Running" }, {}, "node-1");
    scene.utility("kube-etcd-2", { phase: "Running" }, {}, "node-2");
    const reach = await volumes.describe();
    expect(reach.nodes).toBe("kube-etcd-1=node-1 kube-etcd-2=node-2");
    expect(JSON.parse(reach.utility ?? "")).toEqual(JSON.parse(scene.reach.utility));
  });
});
