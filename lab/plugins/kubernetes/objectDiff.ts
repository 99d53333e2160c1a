import { formatPath } from "../rpc/propertyDiff";
import type { DetailedKind } from "../rpc/provider";
import { isArray, isMap, type PropertyValue } from "../rpc/values";
import { touches } from "./forceNew";
import type { KubeObject } from "./objects";

type Path = readonly (string | number)[];

/**
 * Differences between the live object, pruned to what the inputs speak of, and the new inputs. Unknown inputs count as
 * changed. A difference that touches one of `forceNew` needs a new object.
 */
export function diffObjects(
  live: KubeObject,
  inputs: KubeObject,
  forceNew: readonly string[],
): Record<string, DetailedKind> {
  const found: Record<string, DetailedKind> = {};
  const report = (path: Path, kind: "add" | "delete" | "update", value: PropertyValue | undefined) => {
    const replaces = touches(forceNew, path, value) || (kind === "delete" && formatPath(path) === "metadata");
    found[formatPath(path)] = replaces ? `${kind}-replace` : kind;
  };
  const compare = (path: Path, old: PropertyValue | undefined, now: PropertyValue | undefined): void => {
    if (now === undefined || now === null) {
      if (old !== undefined && old !== null) {
        report(path, "delete", undefined);
      }
    } else if (old === undefined || old === null) {
      if (!isEmpty(now)) {
        report(path, "add", now);
      }
    } else if (isMap(old) && isMap(now)) {
      const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
      for (const key of [...keys].sort()) {
        compare([...path, key], old[key], now[key]);
      }
    } else if (isArray(old) && isArray(now)) {
      for (let index = 0; index < Math.max(old.length, now.length); index++) {
        compare([...path, index], old[index], now[index]);
      }
    } else if (old !== now) {
      report(path, "update", now);
    }
  };
  compare([], live, inputs);
  return found;
}

/**
 * Whether the API server leaves the value out when it writes an object. For optional fields that it keeps, such a value
 * is no difference only as long as nobody has set it before.
 */
function isEmpty(value: PropertyValue): boolean {
  return (
    value === false ||
    value === "" ||
    value === 0 ||
    (isArray(value) && value.length === 0) ||
    (isMap(value) && Object.keys(value).length === 0)
  );
}
