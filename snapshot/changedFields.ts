import { isDeepStrictEqual } from "node:util";

/** Deeper than this a difference is named by where it begins: a path of more steps helps nobody. */
const DEEPEST = 100;
/** More paths than this are not listed: then the object is another one. */
export const LISTED_FIELDS = 50;

/**
 * Paths at which two decoded values differ, such as `spec.replicas`, in order of first occurrence. Paths only, never
 * the values: what differs may be secret.
 */
export function changedFields(before: unknown, after: unknown): string[] {
  const paths: string[] = [];
  compare(before, after, "", 0, paths);
  return paths.slice(0, LISTED_FIELDS);
}

function compare(before: unknown, after: unknown, path: string, depth: number, paths: string[]): void {
  if (paths.length > LISTED_FIELDS || Object.is(before, after)) return;
  if (depth === DEEPEST) return void (isDeepStrictlySame(before, after) || paths.push(path));
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after)) {
    if (!isSame(before, after)) paths.push(path);
    return;
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const step = Array.isArray(before) ? `[${key}]` : /^[\w-]+$/.test(key) ? `.${key}` : `["${key}"]`;
    compare(
      field(before, key),
      field(after, key),
      path === "" ? step.replace(/^\./, "") : path + step,
      depth + 1,
      paths,
    );
  }
}

/** What is nested too deeply to be compared counts as changed. */
function isDeepStrictlySame(before: unknown, after: unknown): boolean {
  try {
    return isDeepStrictEqual(before, after);
  } catch {
    return false;
  }
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object";
}

function field(of: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(of, key) ? of[key] : undefined;
}

/** An empty object or list stands for an absent one in places. */
function isSame(before: unknown, after: unknown): boolean {
  return before === after || (typeof before === "bigint" && String(before) === String(after));
}
