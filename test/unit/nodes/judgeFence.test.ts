import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { judgeFence, noteProbes, probeSeconds } from "../../../components/nodes/quarantine/judgeFence";
import { noteFences } from "../../../components/nodes/quarantine/leftFences";
import { parseStaticPod } from "../../../components/nodes/staticPod";
import { staticPods } from "../../../lab/clusters/staticPods";

const fit = { machine: "m", nft: "ok", memory: "tmpfs", forwarding: "yes", bindAddress: undefined } as const;

describe("whether a machine can fence its API server", () => {
  it.each([
    ["fit", {}, []],
    ["of an sshd that says nothing", { forwarding: "unknown" }, []],
    ["without nft", { nft: "none" }, ["nft-absent"]],
    ["whose kernel refuses the rules", { nft: "Error: Operation not supported" }, ["nft-refuses"]],
    ["with /run on a disk", { memory: "ext2/ext3" }, ["run-on-disk"]],
    ["whose sshd forwards nothing", { forwarding: "no" }, ["forwarding-off"]],
    ["whose API server is not at the loopback", { bindAddress: "10.0.0.1" }, ["bound-address"]],
  ] as const)("one %s", (_, change, codes) => {
    const refusals = judgeFence({ ...fit, ...change });
    expect(refusals.map(({ code }) => code)).toEqual(codes);
    for (const { kind, remedy } of refusals) {
      expect(kind).toBe("refused");
      expect(remedy).toMatch(/pulumi config set --path restore\.quarantine '\[\]'$/);
    }
  });

  it("notes the fence of another restore, not its own", () => {
    expect(noteFences("m", [], "r1")).toBeUndefined();
    expect(noteFences("m", ["etcd-recovery-r1"], "r1")).toBeUndefined();
    expect(noteFences("m", ["etcd-recovery-r0", "etcd-recovery-r1"], "r1")).toMatch(
      /^machine m: the fence of an earlier restore stands \(etcd-recovery-r0\): its API server answers to nobody/,
    );
  });

  it("notes an API server whose probes would end it soon", () => {
    const pods = staticPods("admin-cp", ["admin-cp"], {
      dataDirectory: "/d",
      uid: 0,
      gid: 0,
      isMount: false,
    });
    const server = pods.find(({ metadata }) => metadata?.name === "kube-apiserver");
    const seconds = probeSeconds(parseStaticPod(stringify(server))?.probes ?? {});
    expect(seconds).toBeGreaterThan(200);
    expect(noteProbes("m", seconds)).toBeUndefined();
    expect(noteProbes("m", probeSeconds({ liveness: { periodSeconds: 5 } }))).toContain("give it 15 s");
    expect(probeSeconds({})).toBeUndefined();
  });
});
