import { join } from "node:path";
import execa from "execa";
import { beforeAll, expect, test } from "vitest";
import { provideTools } from "../../lab/tools/provideTools";

beforeAll(async () => {
  await provideTools({ only: ["etcd", "etcdctl", "etcdutl"] });
}, 900_000);

/** Small, so no figure means anything; that the restored members hold the snapshot is the bench's own condition. */
test("the bench of a restore restores, and ends with its figures as JSON", async () => {
  const argv = ["bench/main.ts", "restore", "--json", "--gigabytes", "0.02", "--rounds", "1"];
  const ran = await execa("tsx", argv, { cwd: join(__dirname, "..", ".."), preferLocal: true });
  const found = JSON.parse(ran.stdout);
  expect(found.name).toBe("restore");
  for (const ratio of ["total", "overFloor", "outage"]) expect(found.ratios[ratio]).toBeGreaterThan(0);
  const { documented, ours, outageWork, oursWrittenMB, oursPeakMemoryMB } = found.medians;
  for (const median of [documented, ours, outageWork, oursPeakMemoryMB]) expect(median).toBeGreaterThan(0);
  expect(oursWrittenMB).toBeGreaterThan(3 * 20);
});
