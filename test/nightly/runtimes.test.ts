import { createWriteStream } from "node:fs";
import execa from "execa";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { imageNames } from "../../lab/images/labImages";
import { labPackages, providePackages } from "../../lab/tools/debianPackages";
import { provideTools, type Tools } from "../../lab/tools/provideTools";
import { waitUntil } from "../../lab/waiting";
import { BareMachine } from "../support/runtimes/bareMachine";
import { CriMachine } from "../support/runtimes/criMachine";
import { everyQuestionFails, stubDirectory, stubs, whileStopped } from "../support/runtimes/disturbed";
import { DockerMachine, dockerMounts } from "../support/runtimes/dockerMachine";
import { places } from "../support/runtimes/machineScriptRuns";
import {
  data,
  digest,
  etcd,
  instance,
  locked,
  RuntimeScene,
  shells,
  tool,
} from "../support/runtimes/runtimeScene";

let tools: Tools;
beforeAll(async () => {
  await providePackages(() => undefined, [...labPackages, "libdevmapper1.02.1"]);
  tools = await provideTools();
}, 3_600_000);

describe("Docker", () => {
  let bare: BareMachine;
  let docker: DockerMachine;
  let scene: RuntimeScene;
  const scripts = () => scene.scripts;
  const containers = () => docker.run("ps", "--all", "--quiet", "--no-trunc");

  beforeAll(async () => {
    bare = await BareMachine.start("runtimes-docker", tools, await DockerMachine.programs(), dockerMounts);
    docker = await DockerMachine.on(bare, tools);
    scene = new RuntimeScene(bare, tools);
  });
  beforeEach(async () => {
    const all = (await containers()).split("\n").filter((id) => id !== "");
    if (all.length > 0) await docker.run("rm", "--force", ...all);
    await bare.run(["rm", "-rf", places.state, data]);
  });
  afterAll(async () => {
    await bare.end();
    expect(await bare.remains()).toEqual([]);
  });

  it("says what runs, and its end; the etcd of another namespace is none of the control plane's", async () => {
    const id = await docker.runEtcd("etcd", data);
    await docker.runEtcd("etcd", "/var/lib/local/other", "default");
    await scene.serves();
    for (const shell of shells) {
      const lines = await scripts().lines("status", etcd, { shell });
      expect(lines).toEqual([
        ...["wanted etcd.yaml 0", "parked etcd.yaml 0"],
        ...[instance(id), "restarts etcd.yaml 0"],
      ]);
    }
    expect(await scripts().lines("log", ["etcd", "4096", "etcd"])).not.toEqual([]);
    await scene.ends();
  });

  it("etcdctl and snapshots are those of the running container", async () => {
    await docker.runEtcd("etcd", data);
    await scene.serves();
    await scene.writes();
    expect(await scripts().run("etcdctl", ["9", "etcd", "no-such-command"])).toMatchObject({ code: 1 });
    const saved = scripts().start("save-snapshot", ["60", "etcd", data, "/var/lib/etcd"]);
    const file = bare.machine.hostPath("/var/lib/local/saved.db");
    saved.stdout?.pipe(createWriteStream(file));
    expect(await saved).toMatchObject({ exitCode: 0 });
    await execa(tools.path("etcdutl"), ["snapshot", "status", file]);
    expect(await bare.run(["ls", data])).toBe("member");
  });

  it("etcdutl is the running container's; else the image's, and nothing stays of how it was taken", async () => {
    const id = await docker.runEtcd("etcd", data);
    await scene.findsTool("none");
    await docker.run("kill", id);
    await scene.findsTool(imageNames.etcd);
    for (const shell of shells)
      expect(await scripts().lines("find-tool", ["etcd", "not/there:1"], { shell })).toEqual(["tool none"]);
    expect(await containers()).toBe(id);
    await scene.keepsNothing();
  });

  it.each([
    ["KILL", "its next run removes what it has left"],
    ["TERM", "it removes that itself"],
  ])("etcdutl out of the image, ended half-way by SIG%s: %s", async (signal) => {
    // the shell is the parent of timeout, which is docker's
    await stubs(bare, { docker: `[ "$1" != cp ] || kill -${signal} "$(ps -o ppid= -p $PPID | tr -d ' ')"` });
    const found = ["etcd", imageNames.etcd];
    expect(await scripts().run("find-tool", found, { before: stubDirectory })).not.toMatchObject({ code: 0 });
    expect(await containers()).toMatch(signal === "KILL" ? /^[0-9a-f]{64}$/ : /^$/);
    expect(await scripts().lines("find-tool", found)).toEqual([`tool ${tool}`]);
    expect(await containers()).toBe("");
  });

  it("an etcd that the runtime does not know as the kubelet's is told by its lock", async () => {
    await docker.runEtcd(undefined, data);
    await waitUntil({ what: "its lock", timeoutSeconds: 30 }, async () =>
      (await scripts().lines("status", etcd)).includes(locked),
    );
    expect(await scripts().lines("status", etcd, { shell: "busybox ash" })).toContain(locked);
  });

  it("a seed's end is seen, and made where no kubelet makes it", async () => {
    const id = await docker.runEtcd("etcd-recovery-seed", data);
    expect(await scripts().lines("end-seed", ["0"])).toEqual(["ended"]);
    expect(await docker.run("inspect", "--format={{.State.Running}}", id)).toBe("false");
  });

  it("a daemon that hangs is waited for within bounds, and is an error: nothing is taken to have ended", async () => {
    const id = await docker.runEtcd("etcd", data);
    const reason = /^docker could not say what runs$/m;
    await whileStopped(bare, "dockerd", () => everyQuestionFails(scripts(), reason));
    expect(await scripts().lines("status", etcd)).toContain(instance(id));
  });

  it("is found where it runs a containerd of its own, and where the kubelet is told of cri-dockerd", async () => {
    await bare.stop("dockerd");
    await bare.stop("containerd");
    await docker.startDaemon();
    const id = await docker.runEtcd("etcd", data);
    expect(await scripts().lines("status", etcd)).toContain(instance(id));
    await bare.tellKubelet("unix:///run/cri-dockerd.sock");
    expect(await scripts().lines("status", etcd)).toContain(instance(id));
    await scene.ends();
    expect(await docker.run("ps", "--quiet")).toBe("");
  });
});

describe("CRI, by crictl", () => {
  let bare: BareMachine;
  let cri: CriMachine;
  let scene: RuntimeScene;
  let sandbox: string;
  const scripts = () => scene.scripts;
  const nothingStays = async () => {
    await scene.keepsNothing();
    expect(await cri.ctr("snapshots", "list")).not.toContain(places.state);
  };

  beforeAll(async () => {
    bare = await BareMachine.start("runtimes-cri", tools, CriMachine.programs(tools), []);
    cri = await CriMachine.on(bare, tools);
    scene = new RuntimeScene(bare, tools);
  });
  beforeEach(async () => {
    await cri.crictl("rmp", "--all", "--force");
    const logs = "/var/log/pods/kube-system_etcd-cp-a_1";
    await bare.run(["rm", "-rf", places.state, places.manifests, data, logs]);
    await bare.tellKubelet(CriMachine.endpoints.crictl);
    sandbox = await cri.runPod();
  });
  afterAll(async () => {
    await bare.end();
    expect(await bare.remains()).toEqual([]);
  });

  it("says what runs, and its end; etcdctl is the running container's", async () => {
    const id = await cri.runEtcd(sandbox, "etcd", data);
    await scene.serves();
    for (const shell of shells) {
      const lines = await scripts().lines("status", etcd, { shell });
      expect(lines).toContain(instance(id));
      expect(lines).toContain("restarts etcd.yaml 0");
    }
    await scene.writes();
    await scene.ends();
  });

  it("a seed's end is seen, and made where no kubelet makes it", async () => {
    const id = await cri.runEtcd(sandbox, "etcd-recovery-seed", data);
    expect(await cri.crictl("ps", "--quiet", "--state=Running")).toBe(id);
    expect(await scripts().lines("end-seed", ["0"])).toEqual(["ended"]);
    expect(await cri.crictl("ps", "--quiet", "--state=Running")).toBe("");
  });

  it("etcdutl is the running container's; where none runs crictl has none, and ctr has the image's", async () => {
    await cri.runEtcd(sandbox, "etcd", data);
    await scene.findsTool("none");
    await scene.ends();
    expect(await scripts().lines("find-tool", ["etcd", imageNames.etcd])).toEqual(["tool none"]);
    await bare.tellKubelet(CriMachine.endpoints.ctr);
    await scene.findsTool(imageNames.etcd);
    await nothingStays();
  });

  it.each(["KILL", "TERM"])(
    "an image that a run has mounted which SIG%s ends is unmounted",
    async (signal) => {
      await bare.tellKubelet(CriMachine.endpoints.ctr);
      await stubs(bare, { cp: `kill -${signal} $PPID` });
      const found = ["etcd", imageNames.etcd];
      expect(await scripts().run("find-tool", found, { before: stubDirectory })).not.toMatchObject({
        code: 0,
      });
      if (signal === "TERM") await nothingStays();
      expect(await scripts().lines("find-tool", found)).toEqual([`tool ${tool}`]);
      await nothingStays();
    },
  );

  it("the container that the kubelet counts by is removed before its manifest comes back, and its log stays", async () => {
    const ledger = digest("");
    await scripts().lines("write-ledger", ["ledger.json", "-", ledger]);
    for (const attempt of [0, 1]) {
      await cri.runEtcd(sandbox, "etcd", data, attempt);
      await scene.serves();
      await scripts().lines("end", ["etcd.yaml", ledger, "etcd"]);
    }
    expect(await cri.crictl("ps", "--all", "--quiet")).toMatch(/^\w+\n\w+$/);
    await bare.run(["mkdir", "-p", places.manifests]);
    await bare.machine.writeFile(`${places.state}/parked/etcd.yaml`, "kind: Pod\n");
    expect(await scripts().lines("unpark", ["etcd.yaml", ledger, "etcd"])).toEqual(["back"]);
    expect(await cri.crictl("ps", "--all", "--quiet")).toBe("");
    expect(await scripts().lines("log", ["etcd", "4096", "etcd"])).not.toEqual([]);
    expect(await bare.run(["ls", places.manifests])).toBe("etcd.yaml");
  });

  it.each([
    ["crictl", /^crictl could not ask the container runtime what runs$/m],
    ["ctr", /^ctr could not ask containerd/m],
  ] as const)("a runtime that hangs is an error of %s within bounds", async (program, reason) => {
    const id = await cri.runEtcd(sandbox, "etcd", data);
    await bare.tellKubelet(CriMachine.endpoints[program]);
    await whileStopped(bare, "containerd", () => everyQuestionFails(scripts(), reason));
    expect(await scripts().lines("status", etcd)).toContain(instance(id));
  });
});
