import { cronValues, isScheduleWord, type ScheduleWord } from "./cronFields";

const DAY_MINUTES = 1440;
const words: Readonly<Record<ScheduleWord, number>> = {
  hourly: 60,
  daily: DAY_MINUTES,
  weekly: 7 * DAY_MINUTES,
};
/** The calendar, weekdays too, is the same again after 28 years, from 1901 to 2099. */
const CYCLE_DAYS = 7 * 1461;
const CYCLE_BEGIN = Date.UTC(2001, 0, 1);

/**
 * The longest time between two runs of a schedule, in minutes of the clock: the work that may be lost. Where the clock is
 * put back it is an hour more; where it is put forward, a run at a time that it skips is left out. Infinite where a line names no day that there is, such as 30 February.
 *
 * @param schedule a word, or a line that a CronJob takes
 */
export function longestGapMinutes(schedule: string): number {
  if (isScheduleWord(schedule)) return words[schedule];
  const [minute, hour] = cronValues(schedule);
  const times = [...(hour?.values ?? [])]
    .flatMap((at) => [...(minute?.values ?? [])].map((one) => at * 60 + one))
    .sort((a, b) => a - b);
  const days = daysOf(schedule);
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined || days.length === 0) return Number.POSITIVE_INFINITY;
  const within = longestStep(times);
  const between = longestStep([...days, (days[0] ?? 0) + CYCLE_DAYS]);
  return Math.max(within, between * DAY_MINUTES + first - last);
}

/** Days of a cycle on which it runs. As Kubernetes has it: with days of both kinds, one of them is enough. */
function daysOf(line: string): readonly number[] {
  const [, , date, month, weekday] = cronValues(line);
  if (date === undefined || month === undefined || weekday === undefined) return [];
  const days: number[] = [];
  for (let day = 0; day < CYCLE_DAYS; day++) {
    const at = new Date(CYCLE_BEGIN + day * DAY_MINUTES * 60_000);
    const isDate = date.values.has(at.getUTCDate());
    const isWeekday = weekday.values.has(at.getUTCDay());
    const isDay = date.isAny || weekday.isAny ? isDate && isWeekday : isDate || isWeekday;
    if (isDay && month.values.has(at.getUTCMonth() + 1)) days.push(day);
  }
  return days;
}

const longestStep = (sorted: readonly number[]): number =>
  sorted.reduce((most, one, at) => Math.max(most, at === 0 ? 0 : one - (sorted[at - 1] ?? one)), 0);
