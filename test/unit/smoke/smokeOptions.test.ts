import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { decideVault } from "../../../vault/decideVault";
import { lookAround } from "../../smoke/ground";
import { checkGround, checkOptions, type Ground, type SmokeOptions, vaultOf } from "../../smoke/smokeOptions";

const scratch = mkdtempSync(join(tmpdir(), "etcd-recovery-smoke-test-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const good: SmokeOptions = { project: "backups-1", location: "EUROPE-WEST3", yes: true };
const ground: Ground = {
  pulumi: "v3.248.0",
  plugins: ["9.37.0"],
  wanted: "9.37.0",
  credentials: "/adc.json",
};

describe("a smoke test's command line", () => {
  it("names a project, a region, and says that it means it", () => {
    expect(checkOptions(good)).toEqual({ project: "backups-1", location: "EUROPE-WEST3" });
  });

  it.each<[object, RegExp]>([
    [{ project: undefined }, /^--project: it is needed.* npm run smoke -- gcs --project PROJECT --yes$/],
    [{ project: "A B" }, /^--project: "A B" is no id of a project\. gcloud projects list$/],
    [{ location: "EU" }, /^--location: "EU" is no region such as EUROPE-WEST3\. gcloud /],
    [
      { yes: undefined },
      /^--yes: it makes a bucket.* in backups-1, .* key ring can never be deleted\. npm run smoke -- gcs --project backups-1 --yes$/,
    ],
  ])("without %j is refused in a sentence, with the command that mends it", (change, sentence) => {
    expect(() => checkOptions({ ...good, ...change })).toThrow(sentence);
  });
});

it("the vault that it makes contradicts nothing, and its bucket can be removed", () => {
  const { settings, plan } = decideVault(
    "smoke",
    vaultOf({ ...checkOptions(good), bucket: "etcd-smoke-0a1b2c3d" }),
  );
  expect(plan).toMatchObject({ softDeleteSeconds: 0, keyLocation: "europe-west3" });
  expect(plan.retentionSeconds).toBeUndefined();
  expect(settings).toMatchObject({ versioning: true, uploaderKey: "last-resort" });
  for (const { ageDays } of plan.rules) expect(ageDays).toBeGreaterThan(0);
});

describe("what a smoke test stands on", () => {
  it("is there", () => expect(() => checkGround(ground)).not.toThrow());

  it.each<[Partial<Ground>, RegExp]>([
    [{ pulumi: undefined, plugins: [] }, /^pulumi: the program is not in PATH\. https:\/\/www\.pulumi\.com/],
    [{ wanted: undefined }, /^@pulumi\/gcp: the package is not installed\. npm ci --ignore-scripts$/],
    [
      { plugins: [] },
      /^pulumi: its plugin gcp 9\.37\.0 is not installed\. pulumi plugin install resource gcp 9\.37\.0$/,
    ],
    [{ plugins: ["8.1.0"] }, /gcp 9\.37\.0 is not installed \(8\.1\.0 is\)\. pulumi plugin install/],
    [
      { credentials: undefined, missing: "/home/a/adc.json" },
      /^credentials: there are none for Google Cloud: \/home\/a\/adc\.json is not there\. gcloud auth application-default login/,
    ],
  ])("lacks %j: a sentence, and the command that mends it", (change, sentence) => {
    expect(() => checkGround({ ...ground, ...change } as Ground)).toThrow(sentence);
  });

  /** A program that says what pulumi would. */
  const pulumiSaying = (plugins: string) => {
    const bin = mkdtempSync(join(scratch, "bin-"));
    const text = `#!/bin/sh\n[ "$1" = version ] && echo v3.248.0 && exit 0\necho '${plugins}'\n`;
    writeFileSync(join(bin, "pulumi"), text);
    chmodSync(join(bin, "pulumi"), 0o755);
    return `${bin}:/usr/bin:/bin`;
  };

  it("is looked for on this machine alone", async () => {
    const home = join(scratch, "home");
    const none = await lookAround({ PATH: join(scratch, "nowhere"), HOME: home });
    const file = join(home, ".config", "gcloud", "application_default_credentials.json");
    expect(none).toMatchObject({ pulumi: undefined, plugins: [], credentials: undefined, missing: file });
    const plugins = JSON.stringify([
      { name: "gcp", kind: "resource", version: "9.37.0" },
      { name: "gcp", kind: "analyzer", version: "1.0.0" },
      { name: "kubernetes", kind: "resource", version: "4.34.2" },
    ]);
    mkdirSync(join(home, ".config", "gcloud"), { recursive: true });
    writeFileSync(file, "{}");
    const found = await lookAround({ PATH: pulumiSaying(plugins), HOME: home });
    expect(found).toEqual({
      ...{ pulumi: "v3.248.0", plugins: ["9.37.0"], credentials: file },
      wanted: require("@pulumi/gcp/package.json").version,
    });
    const named = await lookAround({
      PATH: "",
      HOME: home,
      GOOGLE_APPLICATION_CREDENTIALS: "/no/where.json",
    });
    expect(named).toMatchObject({ credentials: undefined, missing: "/no/where.json" });
  });
});
