import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { parseAgentSettings } from "../../../agent/agentSettings";
import { runDrill } from "../../../agent/drill";
import { FailedError } from "../../../components/errors";
import { MemoryStore } from "../../support/memoryStore";
import { putBackups } from "../../support/storedBackups";

it("a backup that a pruner removes under its drill is not called broken, and nothing is left of it", async () => {
  const scratch = mkdtempSync(join(tmpdir(), "etcd-recovery-drill-"));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(scratch, { recursive: true });
  });
  for (const tool of ["etcd", "etcdutl"]) {
    writeFileSync(join(scratch, tool), "#!/bin/sh\nexit 0\n");
    chmodSync(join(scratch, tool), 0o755);
  }
  vi.stubEnv("PATH", `${scratch}:${process.env.PATH}`);
  const tls = { ca: "/ca", cert: "/crt", key: "/key" };
  const own = {
    format: 1,
    cluster: "uc1",
    profile: "kubeadm",
    members: [{ name: "m", url: "https://m:2379" }],
  };
  const told = JSON.stringify({ ...own, tls, store: "/store", spool: join(scratch, "spool") });
  const store = new MemoryStore();
  const [key] = await putBackups(store, { time: "2026-11-27T01:02:03.000Z" });
  const { read } = store;
  store.read = (object, range) => {
    if (object.endsWith("/snapshot.db")) store.objects.clear();
    return read.call(store, object, range);
  };
  const options = { toolVersion: "1", say: () => undefined, store };
  const error = await runDrill(parseAgentSettings(told, "settings.json"), options).catch(
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(FailedError);
  expect((error as FailedError).message).toMatch(`memory:/${key}: was removed while it was drilled`);
  expect([...store.objects.keys()]).toEqual([]);
});
