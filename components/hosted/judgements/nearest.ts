/** The names that share their beginning with the wanted one, or all of them when none does; at most 12. */
export function nearest(names: readonly string[], wanted: string): readonly string[] {
  const start = wanted.slice(0, 3).toLowerCase();
  const like = names.filter((name) => name.toLowerCase().startsWith(start));
  return (like.length > 0 ? like : names).slice(0, 12);
}

/** Names behind "it has: ", each with a space behind it. */
export const listed = (names: readonly string[]): string => names.map((name) => `${name} `).join("");
