/** How long ago a time was, as the clock here has it; the one that wrote it may have had another. */
export function ago(time: string, now: Date): string {
  const minutes = Math.trunc((now.getTime() - Date.parse(time)) / 60_000);
  if (Number.isNaN(minutes)) return "nobody knows when";
  return minutes >= 0 ? `${minutes} min ago` : `${-minutes} min ahead of the clock here`;
}
