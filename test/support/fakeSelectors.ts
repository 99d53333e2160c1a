/** Whether labels fit a selector of `key=value`, `key!=value`, `key`, `!key` and `key in (a,b)` terms. */
export function matchesLabels(labels: Readonly<Record<string, string>>, selector: unknown): boolean {
  if (typeof selector !== "string" || selector === "") return true;
  return selector.split(/,(?![^(]*\))/).every((term) => {
    const [, key = "", inside] = /^\s*(\S+)\s+in\s+\(([^)]*)\)\s*$/.exec(term) ?? [];
    if (inside !== undefined)
      return inside
        .split(",")
        .map((v) => v.trim())
        .includes(labels[key] ?? "");
    const unequal = /^([^!=]+)!=(.*)$/.exec(term);
    if (unequal !== null) return labels[unequal[1] ?? ""] !== unequal[2];
    const equal = /^([^=]+)==?(.*)$/.exec(term);
    if (equal !== null) return labels[equal[1] ?? ""] === equal[2];
    return term.startsWith("!") ? labels[term.slice(1)] === undefined : labels[term] !== undefined;
  });
}

/** Whether an object fits a selector of `path.to.field=value` and `!=` terms. */
export function matchesFields(object: unknown, selector: unknown): boolean {
  if (typeof selector !== "string" || selector === "") return true;
  return selector.split(",").every((term) => {
    const [, path = "", sign, value] = /^([^!=]+)(!?==?)(.*)$/.exec(term) ?? [];
    const found = path
      .split(".")
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], object);
    return ((found ?? "") === value) === !sign?.startsWith("!");
  });
}
