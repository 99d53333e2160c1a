import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { parseAgentSettings } from "../../../agent/agentSettings";
import { runBackup } from "../../../agent/backup";
import { MemoryStore } from "../../support/memoryStore";
import { newManifest, putBackups } from "../../support/storedBackups";

it("a generation that the store has of another cluster of that name is taken all the same", async () => {
  const scratch = mkdtempSync(join(tmpdir(), "etcd-recovery-generation-"));
  onTestFinished(() => rmSync(scratch, { recursive: true }));
  const store = new MemoryStore();
  const time = "2025-11-27T01:02:03.000Z";
  const [key] = await putBackups(store, { time });
  const { kubeSystemUid = "", generation } = newManifest({ time });
  const tls = { ca: join(scratch, "ca"), cert: join(scratch, "crt"), key: join(scratch, "key") };
  const own = {
    format: 1,
    cluster: "uc1",
    profile: "kubeadm",
    members: [{ name: "m", url: "https://m:2379" }],
  };
  const run = (uid: string) => {
    const told = {
      ...own,
      tls,
      store: "/store",
      spool: join(scratch, "spool"),
      generation,
      kubeSystemUid: uid,
    };
    const settings = parseAgentSettings(JSON.stringify(told), "settings.json");
    return runBackup(settings, { toolVersion: "1", say: () => undefined, store });
  };
  expect(await run(kubeSystemUid)).toMatchObject({ path: `memory:/${key}` });
  // there is no certificate here to take one with
  await expect(run("made-anew")).rejects.toThrow(/^tls\.ca: /);
});
