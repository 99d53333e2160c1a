import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { metricNames, metrics } from "../../../../store/metrics/metrics";
import { gaugesOf, gaugesText, writeTextfile } from "../../../../store/metrics/textfile";

const scratch = mkdtempSync(join(tmpdir(), "etcd-recovery-textfile-"));
afterAll(() => rmSync(scratch, { recursive: true }));

describe("a textfile", () => {
  it("has each metric once, its samples below it, and none without a sample", () => {
    const labels = (cluster: string) => ({ cluster });
    const text = gaugesText(
      gaugesOf([
        { metric: "etcd_backups", labels: { cluster: "uc1", state: "complete" }, value: 3 },
        { metric: "etcd_backup_age_seconds", labels: labels("uc1"), value: 60 },
        { metric: "etcd_backup_age_seconds", labels: labels("uc2"), value: 0.25 },
      ]),
    );
    expect(text).toBe(
      [
        `# HELP etcd_backup_age_seconds ${metrics.etcd_backup_age_seconds.help}`,
        "# TYPE etcd_backup_age_seconds gauge",
        'etcd_backup_age_seconds{cluster="uc1"} 60',
        'etcd_backup_age_seconds{cluster="uc2"} 0.25',
        `# HELP etcd_backups ${metrics.etcd_backups.help}`,
        "# TYPE etcd_backups gauge",
        'etcd_backups{cluster="uc1",state="complete"} 3',
        "",
      ].join("\n"),
    );
  });

  it("holds whatever a store names: quotes, backslashes, ends of lines", () => {
    const values = [{ labels: { cluster: 'a"b\\c\nd' }, value: 1 }];
    expect(gaugesText([{ name: "m", help: "h", values }])).toBe(
      '# HELP m h\n# TYPE m gauge\nm{cluster="a\\"b\\\\c\\nd"} 1\n',
    );
  });

  it("is there whole or as it was, and leaves nothing beside it", async () => {
    const path = join(scratch, "etcd.prom");
    await writeTextfile(path, "one\n", "--metrics");
    await writeTextfile(path, "two\n", "--metrics");
    expect(readFileSync(path, "utf8")).toBe("two\n");
    await expect(writeTextfile(join(scratch, "none", "x.prom"), "", "--metrics")).rejects.toThrow(
      /^--metrics: .*\/none\/x\.prom cannot be written: ENOENT\. Give a file in a directory that is there/,
    );
    mkdirSync(join(scratch, "directory"));
    await expect(writeTextfile(join(scratch, "directory"), "", "--metrics")).rejects.toThrow(
      /cannot be written: E/,
    );
    expect(readdirSync(scratch).sort()).toEqual(["directory", "etcd.prom"]);
  });
});

it("names follow Prometheus' rules: a base unit at the end, or none; no suffix of counters or histograms", () => {
  for (const name of metricNames) {
    expect(name).toMatch(/^etcd_backups?(_[a-z]+)*$/);
    expect(name).not.toMatch(/_(total|count|sum|bucket|info|minutes|hours|ms|kb|mb)$/);
    const unit = { s: /_seconds$/, By: /_bytes$/, 1: /(?<!_seconds|_bytes)$/ }[metrics[name].unit];
    expect(name).toMatch(unit);
  }
});
