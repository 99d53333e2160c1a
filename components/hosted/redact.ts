const hidden = "[hidden]";

/** What may be a secret in a line of a log: tokens, passwords, long base64. */
const secrets: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN.*?-----END[^-]*-----/g, hidden],
  [/Bearer +[^ "]*/gi, `Bearer ${hidden}`],
  [/eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_.-]*/g, hidden],
  [/(password|passphrase|token|secret)([=:]"?)[^ ,"]+/gi, `$1$2${hidden}`],
  [/[A-Za-z0-9+/]{22,}={1,2}/g, hidden],
  [/[A-Za-z0-9+_-]{40,}/g, hidden],
  [/^[A-Za-z0-9+/]{40,}$/g, hidden],
];

/** Lines of a log without what may be a secret, each of at most 400 characters. */
export function redact(text: string): string[] {
  const lines: string[] = [];
  let inPem = false;
  for (const raw of text.split("\n")) {
    const line = secrets.reduce((kept, [pattern, by]) => kept.replace(pattern, by), raw);
    if (line.includes("-----BEGIN")) inPem = true;
    const dropped = inPem;
    if (line.includes("-----END")) inPem = false;
    if (!dropped && line.trim() !== "") lines.push(line.slice(0, 400));
  }
  return lines;
}
