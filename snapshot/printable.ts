/**
 * Controls, and what turns the direction of text or ends a line: none of them may reach a terminal as it is. U+FFFE and
 * U+FFFF are no characters, and readers of YAML refuse them.
 */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}\ufffe\uffff]/gu;

/** Keys, names and messages come from the file: what would act on a terminal is shown as `\x1b` or `\u202e`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (c) => {
    const code = c.charCodeAt(0);
    return code > 0xff ? unicodeEscape(code) : `\\x${code.toString(16).padStart(2, "0")}`;
  });
}

/**
 * The same inside of quoted strings of JSON or YAML, where it is an escape that every reader undoes. Line feeds, which
 * stand between the strings, stay.
 */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE, (c) => (c === "\n" ? c : unicodeEscape(c.charCodeAt(0))));
}

/** Whether a text would be changed by {@link printable}. */
export function isUnprintable(text: string): boolean {
  return text.search(UNPRINTABLE) >= 0;
}

function unicodeEscape(code: number): string {
  return `\\u${code.toString(16).padStart(4, "0")}`;
}
