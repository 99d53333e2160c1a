/** Says what happens: an event's name and its fields. No secret may be in them. */
export type Say = (event: string, fields?: Readonly<Record<string, unknown>>) => void;

/** An event as a line of JSON, as log collectors take it. */
export function eventLine(level: "info" | "error", event: string, fields: object, time = new Date()): string {
  return `${JSON.stringify({ time: time.toISOString(), level, event, ...fields })}\n`;
}

/** Every event as a line on stderr. */
export const sayOnStderr: Say = (event, fields = {}) =>
  void process.stderr.write(eventLine("info", event, fields));
