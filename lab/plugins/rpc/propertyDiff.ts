import { deepEquals, isArray, isMap, isSecret, type PropertyMap, type PropertyValue } from "./values";

export type ChangeKind = "add" | "update" | "delete";
type Segment = string | number;

/** One leaf that differs. */
export interface Change {
  /** Keys and indices from the root. */
  readonly path: readonly Segment[];
  readonly kind: ChangeKind;
}

/** Writes a path as the engine does: `a.b[0]["c.d"]`. */
export function formatPath(path: readonly Segment[]): string {
  return path.map(formatSegment).join("");
}

function formatSegment(segment: Segment, index: number): string {
  if (typeof segment === "number") {
    return `[${segment}]`;
  }
  if (/^[^.["\]]+$/.test(segment)) {
    return index === 0 ? segment : `.${segment}`;
  }
  return `["${segment.replace(/"/g, '\\"')}"]`;
}

/** Leaves in which two maps differ, as the engine's own object diff finds them: arrays by index, objects by key. */
export function diffMaps(olds: PropertyMap, news: PropertyMap, path: readonly Segment[] = []): Change[] {
  const keys = new Set([...Object.keys(olds), ...Object.keys(news)]);
  return [...keys].sort().flatMap((key) => diffValues(olds[key], news[key], [...path, key]));
}

function diffValues(
  left: PropertyValue | undefined,
  right: PropertyValue | undefined,
  path: readonly Segment[],
): Change[] {
  const hasLeft = left !== undefined && left !== null;
  const hasRight = right !== undefined && right !== null;
  if (!hasLeft || !hasRight) {
    return hasLeft === hasRight ? [] : [{ path, kind: hasRight ? "add" : "delete" }];
  }
  if (isArray(left) && isArray(right)) {
    const length = Math.max(left.length, right.length);
    return Array.from({ length }, (_, index) =>
      diffValues(left[index], right[index], [...path, index]),
    ).flat();
  }
  if (isMap(left) && isMap(right) && !isSecret(left) && !isSecret(right)) {
    return diffMaps(left, right, path);
  }
  return deepEquals(left, right) ? [] : [{ path, kind: "update" }];
}
