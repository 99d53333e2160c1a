type Group = Readonly<Record<string, unknown>>;

/**
 * A configuration with the value at a path changed, where there is one.
 *
 * @param change gives undefined for a value that is taken away
 */
export function changedAt(
  group: Group,
  [key = "", ...rest]: readonly string[],
  change: (value: unknown) => unknown,
): Group {
  const { [key]: value, ...others } = group;
  if (value === undefined || value === null) return group;
  if (rest.length > 0)
    return typeof value === "object" ? { ...group, [key]: changedAt(value as Group, rest, change) } : group;
  const changed = change(value);
  return changed === undefined ? others : { ...group, [key]: changed };
}
