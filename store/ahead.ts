/** Clocks differ by so much, in milliseconds. */
const TOLERATED = 5 * 60_000;

/** Whether a backup's time lies in the future: a clock was wrong, and nobody knows how old it is. @param now milliseconds since 1970 */
export const isAhead = ({ time }: { readonly time: string }, now: number): boolean =>
  Date.parse(time) > now + TOLERATED;
