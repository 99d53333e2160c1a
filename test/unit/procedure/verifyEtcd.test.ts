import { describe, expect, it } from "vitest";
import { askHashes } from "../../../components/procedure/acts/verify/hashes";
import type { LedgerRecord } from "../../../components/procedure/ledgerRecord";
import type { EtcdClient } from "../../../components/procedure/substrate";
import { restoredRevision, StagedScene, shortWaits } from "./stagedScene";

shortWaits("0.3");

async function started(changes: Partial<LedgerRecord> = {}): Promise<StagedScene> {
  const scene = new StagedScene(changes);
  await scene.runTo("scale-up-etcd");
  return scene;
}

const verdict = async (scene: StagedScene) => scene.run("verify-etcd");

describe("the hash of a large store", () => {
  const members = [{ name: "m0", peerUrl: "https://m0:2380", clientUrl: "https://m0:2379" }];
  /** A member that needs so long for its answer. */
  const slow = (needed: number): EtcdClient => ({
    run: async (_, argv, { seconds = 5 } = {}) =>
      argv[1] === "hashkv" && seconds >= needed
        ? { code: 0, stdout: '"Hash" : 77\n', stderr: "" }
        : { code: 1, stdout: "", stderr: "Error: context deadline exceeded" },
    strangers: async () => [],
    configuredQuota: async () => 0n,
  });

  it("is waited for: a member reads all of it", async () => {
    expect(await askHashes({ members, etcd: slow(20) }, 7n)).toEqual([{ member: "m0", hash: "77" }]);
  });
});

describe("verify-etcd", () => {
  it("row 28: names the members that do not answer, and those of another cluster", async () => {
    const scene = await started();
    const { etcd, volumes } = scene.substrate;
    etcd.member("kube-etcd-2").silent = true;
    await expect(verdict(scene)).rejects.toThrow(
      "etcd: no answer from: kube-etcd-2. look at member kube-etcd-2; then 'pulumi up' goes on. 'pulumi destroy' goes back",
    );
    etcd.member("kube-etcd-2").silent = false;
    volumes.volume("kube-etcd-1").live = { clusterId: 2n ** 63n + 7n, revision: restoredRevision };
    await expect(verdict(scene)).rejects.toThrow(
      "not one restored cluster (staged: cluster 43981): kube-etcd-0 is in 43981; kube-etcd-1 is in 9223372036854775815; kube-etcd-2 is in 43981",
    );
  });

  it("row 28: asks a member again that is silent for a moment: an end here would only lengthen the outage", async () => {
    const scene = await started();
    const member = scene.substrate.etcd.member("kube-etcd-1");
    member.silent = true;
    setTimeout(() => {
      member.silent = false;
    }, 100);
    expect(await verdict(scene)).toMatchObject({ warnings: [] });
  });

  it("compares ids of 64 bits exactly", async () => {
    const scene = await started({ cluster: "ffffffffffffffff" });
    for (const volume of scene.substrate.volumes.of.values()) {
      volume.live = { clusterId: 2n ** 64n - 1n, revision: restoredRevision };
    }
    expect(await verdict(scene)).toMatchObject({ warnings: [] });
    for (const volume of scene.substrate.volumes.of.values()) {
      volume.live = { clusterId: 2n ** 64n - 2n, revision: restoredRevision };
    }
    await expect(verdict(scene)).rejects.toThrow("staged: cluster 18446744073709551615");
  });

  it("row 17: does not verify while API servers write already", async () => {
    const scene = await started();
    const apiServers = scene.substrate.workloads.workload("StatefulSet/kube-apiserver");
    apiServers.wanted = 1;
    await expect(verdict(scene)).rejects.toThrow(
      "StatefulSet kube-apiserver: something scaled it to 1 replicas before the restored data was verified",
    );
    apiServers.wanted = 0;
    await verdict(scene);
    await scene.run("scale-up-apiservers");
    // From the mark on they are ours.
    expect(await verdict(scene)).toMatchObject({ warnings: [] });
  });

  it("row 31: contents that differ at one revision are not served", async () => {
    const scene = await started();
    scene.substrate.etcd.member("kube-etcd-2").hash = "78";
    await expect(verdict(scene)).rejects.toThrow(
      /contents differ at revision 1000000044: kube-etcd-0 has hash 77; kube-etcd-1 has hash 77; kube-etcd-2 has hash 78\. Do not start the API servers/,
    );
  });

  it("row 31: also where the one with other contents took the canary, at a revision the others never have", async () => {
    const scene = await started();
    const { etcd } = scene.substrate;
    etcd.on(/hashkv --rev=1000000044/, (member) =>
      member === "kube-etcd-0" ? undefined : { code: 1, stdout: "", stderr: "Error: future revision" },
    );
    await expect(verdict(scene)).rejects.toThrow(
      "etcd: no hash at revision 1000000044 from: kube-etcd-1 kube-etcd-2",
    );
    etcd.member("kube-etcd-0").hash = "99";
    await expect(verdict(scene)).rejects.toThrow(
      "contents differ at revision 1000000042: kube-etcd-0 has hash 99; kube-etcd-1 has hash 77",
    );
  });

  it("row 32: a revision that a client may have seen already is no success", async () => {
    const scene = await started({ liveRevision: "2000000000" });
    await expect(verdict(scene)).rejects.toThrow(
      "revision 1000000044 is not above 2000000000 (last live revision 2000000000, snapshot 42, bump 1000000000)",
    );
  });

  it.each([
    ["1000", "1000"],
    ["0", "42"],
  ])(
    "row 34: with the last live revision %s, a watch from %s must be told to list again",
    async (live, from) => {
      const scene = await started();
      scene.substrate.setRecord({ ...scene.substrate.record, liveRevision: live });
      scene.substrate.etcd.on(/^get .*--rev=/, () => "");
      await expect(verdict(scene)).rejects.toThrow(
        `a watch from revision ${from}, before the restore, would not be told to list again`,
      );
    },
  );

  it("a write that fails is quoted", async () => {
    const scene = await started();
    scene.substrate.etcd.on(/^put/, () => ({
      ...{ code: 1, stdout: "" },
      stderr: '{"level":"warn"}\nError: etcdserver: too many requests\ncommand terminated with exit code 1\n',
    }));
    await expect(verdict(scene)).rejects.toThrow(
      "a value cannot be written, read back and deleted: Error: etcdserver: too many requests",
    );
  });

  it("row 29: an etcd of before the restore is reported, and undoes nothing", async () => {
    const scene = await started();
    scene.substrate.etcd.strangersOf = ["member ab of cluster cd"];
    const { warnings } = (await verdict(scene)) as { warnings: string[] };
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toBe(
      "an etcd of another cluster still runs and talks to kube-etcd-0, which refuses it (member ab of cluster cd): find it and stop it",
    );
  });
});

describe("row 30: an alarm that came with the snapshot", () => {
  const NOSPACE = "memberID:8630161756594109333 alarm:NOSPACE\n";

  it("is disarmed where there is space, with a warning; a write proves it", async () => {
    const scene = await started();
    const { etcd } = scene.substrate;
    etcd.alarms = NOSPACE;
    etcd.on(/^put/, () => (etcd.alarms === "" ? "OK" : { code: 1, stdout: "", stderr: "no space" }));
    etcd.on(/^alarm disarm/, () => {
      etcd.alarms = "";
      return "OK";
    });
    expect(await verdict(scene)).toMatchObject({
      warnings: [
        "alarm NOSPACE came with the snapshot; 4096 of 2147483648 bytes are taken, so it was disarmed",
      ],
    });
  });

  it("stops the restore where there is none, with the remedy", async () => {
    const scene = await started();
    const { etcd } = scene.substrate;
    etcd.alarms = NOSPACE;
    for (const member of etcd.of.values()) member.quota = 4100n;
    await expect(verdict(scene)).rejects.toThrow(
      /alarm NOSPACE came with the snapshot, and the store is read-only: 4096 of 4100 bytes are taken \(2048 in use\).*defragment.*raise --quota-backend-bytes/,
    );
    expect(etcd.alarms).toBe(NOSPACE);
  });

  it("CORRUPT goes back", async () => {
    const scene = await started();
    scene.substrate.etcd.alarms = "memberID:1 alarm:CORRUPT\n";
    await expect(verdict(scene)).rejects.toThrow("alarm CORRUPT (memberID:1 alarm:CORRUPT)");
  });

  it("that only comes with the write stops the restore", async () => {
    const scene = await started();
    const { etcd } = scene.substrate;
    etcd.on(/^put/, () => {
      etcd.alarms = NOSPACE;
      return "OK";
    });
    await expect(verdict(scene)).rejects.toThrow("a write raised the alarm memberID:8630161756594109333");
  });

  it("space that is nearly taken is a warning; where members say no quota, the configured one counts", async () => {
    const scene = await started();
    for (const member of scene.substrate.etcd.of.values()) {
      member.quota = undefined;
      member.dbSize = 2_000_000_000n;
    }
    expect(await verdict(scene)).toMatchObject({
      warnings: ["etcd: 2000000000 of 2147483648 bytes are taken: compact and defragment soon"],
    });
  });
});
