import { createHash } from "node:crypto";
import { isScheduleWord } from "../../config/cronFields";

/** Hours in which daily and weekly work is done: the night, in the schedule's own time zone. */
const NIGHT_HOURS = 5;

/**
 * The line of cron for a schedule. A word's minute comes from the name, always the same for the same one, so that a fleet
 * of clusters does not read all its etcds and write to one bucket at the same instant.
 *
 * @param schedule a word, or a line, which is left as it is
 */
export function cronLine(schedule: string, name: string): string {
  if (!isScheduleWord(schedule)) return schedule.trim();
  const drawn = createHash("sha256").update(name).digest();
  const minute = drawn.readUInt32BE(0) % 60;
  const hour = drawn.readUInt32BE(4) % NIGHT_HOURS;
  if (schedule === "hourly") return `${minute} * * * *`;
  return schedule === "daily"
    ? `${minute} ${hour} * * *`
    : `${minute} ${hour} * * ${drawn.readUInt32BE(8) % 7}`;
}
