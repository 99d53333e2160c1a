import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { parseAgentSettings } from "../../../agent/agentSettings";
import { runDrill } from "../../../agent/drill";
import { ScratchEtcd } from "../../../agent/scratchEtcd";
import { Spool } from "../../../agent/spool";
import { FailedError, RefusedError } from "../../../components/errors";
import { listBackups } from "../../../store/backups";
import { MemoryStore } from "../../support/memoryStore";
import { putSealedBackup } from "../../support/sealedBackup";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

const scratch = scratchDirectory();
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(scratch, { recursive: true }));

/** Puts programs of these bodies into PATH, before all others. */
function tools(etcdutl: string, etcd: string): void {
  const bin = mkdtempSync(join(scratch, "bin-"));
  for (const [name, body] of Object.entries({ etcdutl, etcd }))
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  vi.stubEnv("PATH", `${bin}:${process.env.PATH}`);
}

const refused = [
  ["a snapshot that it does not take", "echo 'Error: snapshot file integrity check failed' >&2; exit 1"],
  ["silence", "exit 1"],
] as const;
const nothing = [
  [
    "a full disk",
    "echo 'panic: write /spool/data/wal/0.tmp: no space left on device' >&2; echo 'goroutine 1 [running]:' >&2; exit 2",
  ],
  ["too little memory", "kill -9 $$"],
  ["a port that is taken", "echo 'listen tcp 127.0.0.1:1: bind: address already in use' >&2; exit 1"],
] as const;
const cases = [
  ...refused.map(([what, body]) => [what, body, RefusedError] as const),
  ...nothing.map(([what, body]) => [what, body, FailedError] as const),
];

describe("a drill's tools that fail", () => {
  it.each(cases)("%s: etcdutl", async (_, body, verdict) => {
    tools(body, "exit 0");
    const spool = await Spool.open(mkdtempSync(join(scratch, "spool-")));
    const restored = ScratchEtcd.restored("s.db", spool, new AbortController().signal);
    await expect(restored).rejects.toThrow(verdict);
  });

  it.each(cases)("%s: etcd", async (_, body, verdict) => {
    tools("exit 0", body);
    const spool = await Spool.open(mkdtempSync(join(scratch, "spool-")));
    const { signal } = new AbortController();
    const etcd = await ScratchEtcd.restored("s.db", spool, signal);
    await expect(etcd.answers(signal)).rejects.toThrow(verdict);
    await etcd.stop();
  });
});

it("a drill fails of a backup of another cluster under the settings' name, before it is restored", async () => {
  tools("exit 0", "exit 0");
  const store = new MemoryStore();
  const path = writeSnapshot(scratch, "s.db", { records: kubernetesRecords(3) });
  await putSealedBackup(store, path, {});
  // every drill would be of this one
  await putSealedBackup(store, path, { time: "2999-01-01T00:00:00.000Z" });
  const settings = parseAgentSettings(
    JSON.stringify({
      ...{ format: 1, cluster: "uc1", profile: "gdc-kubeception", store: "/unused" },
      members: [{ name: "m", url: "https://m:2379" }],
      tls: { ca: "/ca", cert: "/cert", key: "/key" },
      spool: mkdtempSync(join(scratch, "spool-")),
      kubeSystemUid: "another",
    }),
    "settings",
  );
  const drill = await runDrill(settings, { store, say: () => undefined, toolVersion: "1" });
  expect(drill).toMatchObject({
    outcome: "failed",
    sentence: expect.stringMatching(/is of UID .*, the settings expect another: backups of another cluster/),
  });
  const drills = (await listBackups(store)).map((backup) => backup.drill?.outcome);
  expect(drills).toEqual([undefined, "failed"]);
});
