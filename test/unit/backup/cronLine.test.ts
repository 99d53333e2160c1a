import { describe, expect, it } from "vitest";
import { cronLine } from "../../../components/backup/schedule/cronLine";
import { scheduleProblem } from "../../../components/config/cronFields";

describe("scheduleProblem", () => {
  it.each([
    "hourly",
    "daily",
    "weekly",
    "17 * * * *",
    "*/15 * * * *",
    "0,30 6-22/2 1 JAN-MAR mon,fri",
    " 5  4 * * 0 ",
  ])("takes %s", (text) => {
    expect(scheduleProblem(text)).toBeUndefined();
  });

  it.each([
    ["@hourly", "must be hourly"],
    ["", "must be hourly"],
    ["* * * *", "five fields"],
    ["60 * * * *", '"60" for the minute'],
    ["* 24 * * *", "for the hour"],
    ["* * 0 * *", "for the day of the month"],
    ["* * * 13 *", "for the month"],
    ["* * * * 7", "for the day of the week"],
    ["*/0 * * * *", "for the minute"],
    ["*/90 * * * *", "for the minute"],
    ["30-10 * * * *", "for the minute"],
    ["1-2-3 * * * *", "for the minute"],
    ["mon * * * *", "for the minute"],
    ["1, * * * *", "for the minute"],
    ["-5 * * * *", "for the minute"],
  ])("refuses %j", (text, sentence) => {
    expect(scheduleProblem(text)).toContain(sentence);
  });
});

describe("cronLine", () => {
  const names = Array.from({ length: 200 }, (_, at) => `cluster-${at}/backup`);

  it("gives a name the same minute each time, and leaves a line as it is", () => {
    expect(cronLine("hourly", "uc1/backup")).toBe(cronLine("hourly", "uc1/backup"));
    expect(cronLine("17 * * * *", "uc1/backup")).toBe("17 * * * *");
  });

  it("spreads a fleet over the hour, and over the night's hours", () => {
    const minutes = names.map((name) => cronLine("hourly", name).split(" ")[0]);
    expect(new Set(minutes).size).toBeGreaterThan(50);
    const hours = new Set(names.map((name) => cronLine("daily", name).split(" ")[1]));
    expect([...hours].sort()).toEqual(["0", "1", "2", "3", "4"]);
  });

  it.each(["hourly", "daily", "weekly"])("makes of %s what a CronJob takes", (word) => {
    for (const name of names) expect(scheduleProblem(cronLine(word, name))).toBeUndefined();
  });
});
