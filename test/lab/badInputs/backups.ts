import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { BACKUP_ARGUMENTS_FORMAT } from "../../../components/backup/backupArguments";
import { argumentsOf } from "../../../components/hosted/hostedGraph";
import { runAct } from "../../support/directSteps";
import type { Scene } from "./scene";

/** Backups that cannot be taken or kept. */
export function backups(scene: Scene): void {
  it("rows 37, 39: a backup from a member that does not answer ends with a sentence, soon", async () => {
    const plan = scene.steps.plan({ profile: { etcd: { clientPort: 2399 } } });
    const args = {
      format: BACKUP_ARGUMENTS_FORMAT,
      operation: "backup",
      substrate: argumentsOf(plan),
      cluster: "uc1",
      profile: "gdc-kubeception",
      generation: "1",
      directory: join(scene.steps.directory, "store"),
      podDirectory: "/tmp",
      saveSeconds: 20,
    };
    const started = performance.now();
    const run = await runAct(scene.lab, "capture", args);
    expect(run).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no member could be asked\n {2}Look/),
    });
    expect(performance.now() - started).toBeLessThan(30_000);
    await scene.unchanged();
  });

  it("row 50: a backup directory on a read-only file system", async () => {
    const store = join(scene.steps.directory, "read-only");
    await mkdir(store, { mode: 0o700 });
    const check = `require("tsx/cjs"); require(${JSON.stringify(join(__dirname, "../../../store/storeDirectory.ts"))})
      .checkStoreDirectory(process.argv[1]).then(() => console.log("accepted"), (e) => console.log(e.message))`;
    const mounted = 'mount -t tmpfs -o ro,mode=0700 none "$1" && exec node -e "$2" "$1"';
    const { stdout } = await scene.lab.run(["unshare", "-m", "sh", "-c", mounted, "sh", store, check], {
      cwd: join(__dirname, "..", "..", ".."),
    });
    expect(stdout).toMatch(/^backup.directory: .* lies on a read-only file system .*EROFS.*findmnt/);
  });
}
