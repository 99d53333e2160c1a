import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { hostedScripts } from "../../../components/hosted/hostedScripts";
import { assembleScript } from "../../../components/steps/scripts";
import type { Scene } from "./scene";

/** Backups that cannot be taken or kept. */
export function backups(scene: Scene): void {
  it("rows 37, 39: a backup from a member that does not answer ends with a sentence, soon", async () => {
    const capture = assembleScript([
      ...hostedScripts,
      join(__dirname, "../../../components/backup/scripts/capture.sh"),
    ]);
    const started = performance.now();
    const run = await scene.steps.runScript(capture, {
      ...scene.steps.plan().environment,
      ETCD_CLIENT_PORT: "2399",
      GENERATION: "1",
      STAGING: join(scene.steps.directory, "staging"),
      POD_DIRECTORY: "/tmp",
      SAVE_SECONDS: "20",
    });
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
    const check = `require("tsx/cjs"); require(${JSON.stringify(join(__dirname, "../../../components/store/storeDirectory.ts"))})
      .checkStoreDirectory(process.argv[1]).then(() => console.log("accepted"), (e) => console.log(e.message))`;
    const mounted = 'mount -t tmpfs -o ro,mode=0700 none "$1" && exec node -e "$2" "$1"';
    const { stdout } = await scene.lab.run(["unshare", "-m", "sh", "-c", mounted, "sh", store, check], {
      cwd: join(__dirname, "..", "..", ".."),
    });
    expect(stdout).toMatch(/^backup.directory: .* lies on a read-only file system .*EROFS.*findmnt/);
  });
}
