const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\b": "\\b",
  "\f": "\\f",
  "\u0007": "\\a",
};

/** Quotes a text as Go's `%q` does: the official plugin quotes the command of a failed step that way. */
export function goQuote(text: string): string {
  const body = [...text].map((character) => escapes[character] ?? escapeControl(character)).join("");
  return `"${body}"`;
}

function escapeControl(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x20 && code !== 0x7f && !(code >= 0x80 && code < 0xa0)) {
    return character;
  }
  return code < 0x80
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}
