import { expect, it } from "vitest";
import { longestGapMinutes } from "../../../components/config/cronGap";

const DAY = 1440;

it.each<[string, number]>([
  ["hourly", 60],
  ["daily", DAY],
  ["weekly", 7 * DAY],
  ["* * * * *", 1],
  ["*/15 * * * *", 15],
  ["*/25 * * * *", 25],
  ["17 * * * *", 60],
  ["0,10 * * * *", 50],
  ["5/20 * * * *", 20],
  ["30 2 * * *", DAY],
  ["0 8-18 * * *", 14 * 60],
  ["0 8-18/2 * * *", 14 * 60],
  ["0 8 * * 1-5", 3 * DAY],
  ["0 8-18 * * mon-fri", 2 * DAY + 14 * 60],
  ["0 0 * * 0", 7 * DAY],
  ["0 0 1 * *", 31 * DAY],
  ["0 0 1 1 *", 366 * DAY],
  ["0 0 31 * ?", 61 * DAY],
  ["0 0 29 2 *", 1461 * DAY],
  ["0 0 1 * 0", 7 * DAY],
  ["0 0 30 2 *", Number.POSITIVE_INFINITY],
])("the longest time between two runs of %s is %d minutes", (schedule, minutes) => {
  expect(longestGapMinutes(schedule)).toBe(minutes);
});
