import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, expect, it } from "vitest";
import { parseBackupArguments } from "../../components/backup/backupArguments";
import { componentScene } from "../support/componentScene";
import { startMockEngine } from "../support/mockEngine";

const scene = componentScene();
afterAll(() => scene.remove());

it("NodesBackup encrypts snapshot, list of keys and bundles to the same recipients, in a format that no older program takes for one without", async () => {
  const file = join(scene.directory, "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  const recipients = [await identityToRecipient(await generateIdentity())];
  const engine = await startMockEngine(() => ({ stdout: "{}", stderr: "" }));
  const { NodesBackup } = await import("../../components/backup/nodesBackup.js");
  const hostKey = readFileSync(`${file}.pub`, "utf8").trim();
  const backup = new NodesBackup("admin", {
    cluster: {
      ...{ name: "admin", profile: "kubeadm", machines: [{ name: "cp-a", host: "127.0.0.1", hostKey }] },
      ssh: { privateKey: readFileSync(file, "utf8") },
    },
    ...{ generation: "1", directory: join(scene.directory, "store"), recipients },
  });
  await new Promise((resolve) => backup.snapshot.apply(resolve));
  await engine.settled();
  for (const name of ["admin-capture", "admin-seal"]) {
    const step = engine.registrations.find((one) => one.name === name);
    const environment = step?.inputs.environment as Record<string, string> | undefined;
    const told = parseBackupArguments(environment?.ETCD_RECOVERY_ARGUMENTS);
    expect(told).toMatchObject({ format: 4, recipients, snapshotRecipients: recipients });
    expect(JSON.stringify(environment)).not.toContain("PRIVATE KEY");
  }
});
