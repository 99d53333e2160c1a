/** Words that stand for a schedule whose minute is worked out from the cluster's name. */
export const scheduleWords = ["hourly", "daily", "weekly"] as const;
export type ScheduleWord = (typeof scheduleWords)[number];

export const isScheduleWord = (text: string): text is ScheduleWord =>
  scheduleWords.some((word) => word === text);

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** The five fields of a line, in order, as Kubernetes' CronJobs read them. */
const fields = [
  { name: "minute", least: 0, most: 59, words: [] },
  { name: "hour", least: 0, most: 23, words: [] },
  { name: "day of the month", least: 1, most: 31, words: [] },
  { name: "month", least: 1, most: 12, words: months },
  { name: "day of the week", least: 0, most: 6, words: days },
] as const;
type Field = (typeof fields)[number];

/** What is wrong with a schedule, a word or a line of cron; undefined when a CronJob takes it. */
export function scheduleProblem(text: string): string | undefined {
  if (isScheduleWord(text)) return undefined;
  const parts = text.trim().split(/\s+/);
  if (parts.length !== fields.length)
    return `must be ${scheduleWords.join(", ")}, or five fields of cron such as "17 * * * *"`;
  return fields.map((field, at) => fieldProblem(field, parts[at] ?? "")).find((one) => one !== undefined);
}

function fieldProblem(field: Field, text: string): string | undefined {
  const wrong = text.split(",").find((item) => !isItem(field, item));
  return wrong === undefined
    ? undefined
    : `has "${wrong}" for the ${field.name}, which is ${field.least} to ${field.most}, *, a range a-b, or a step /n`;
}

/** `*`, a number, a range; each with or without a step. */
function isItem(field: Field, item: string): boolean {
  const [, range = "", step] = /^([^/]+)(?:\/([1-9]\d{0,2}))?$/.exec(item) ?? [];
  if (range === "" || (step !== undefined && Number(step) > field.most)) return false;
  if (range === "*" || range === "?") return true;
  const ends = range.split("-").map((end) => numberOf(field, end));
  const [from = Number.NaN, to = from] = ends;
  return ends.length <= 2 && from >= field.least && to <= field.most && from <= to;
}

/** The numbers that each field of a line stands for, in order; `isAny` where it is a plain `*`. @param line one that a CronJob takes */
export function cronValues(
  line: string,
): readonly { readonly values: ReadonlySet<number>; readonly isAny: boolean }[] {
  const parts = line.trim().split(/\s+/);
  return fields.map((field, at) => {
    const items = (parts[at] ?? "*").split(",");
    return {
      values: new Set(items.flatMap((item) => numbersOf(field, item))),
      isAny: items.some((item) => /^[*?](\/1)?$/.test(item)),
    };
  });
}

function numbersOf(field: Field, item: string): number[] {
  const [range = "", step] = item.split("/");
  const isStar = range === "*" || range === "?";
  const ends = isStar ? [field.least, field.most] : range.split("-").map((end) => numberOf(field, end));
  const [from = field.least, to = step === undefined ? from : field.most] = ends;
  const by = Number(step ?? 1);
  return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, at) => from + at * by);
}

function numberOf({ least, words }: Field, text: string): number {
  const at = (words as readonly string[]).indexOf(text.toLowerCase());
  if (at >= 0) return at + least;
  return /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
}
