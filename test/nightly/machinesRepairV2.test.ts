import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MachinesRepairScene } from "../support/machinesRepairScene";

const data = "/opt/data/var/lib/etcd";

/** As Controlplane V2 has its machines: data elsewhere, of a user of its own. */
describe("the repair of one member of Controlplane V2", () => {
  let scene: MachinesRepairScene;

  beforeAll(async () => {
    const place = { shape: "controlplane-v2", profile: "gdc-controlplane-v2", data } as const;
    scene = await MachinesRepairScene.open("machines-repair-v2", place);
  }, 900_000);

  afterAll(() => scene?.close());

  it("leaves the data to etcd's own user, and nothing else behind", async () => {
    const [old, running] = [await scene.memberId(), await scene.containers()];
    await scene.damage();
    await scene.stack("bad");
    const run = await scene.up();
    expect(run.exitCode, run.screen).toBe(0);
    expect(await scene.containers()).toEqual(running);
    expect(await scene.memberId()).not.toBe(old);
    await scene.healthy();
    await scene.equal();
    await scene.nothingLeft();
    expect(await scene.sh("cp-b", `find ${data}/member ! -uid 2001 -o ! -gid 2001`)).toBe("");
    expect(await scene.sh("cp-b", `stat -c %a:%u:%g ${data} ${data}/member`)).toBe(
      "700:2001:2001\n700:2001:2001",
    );
    await scene.destroy();
    await scene.healthy();
  });
});
