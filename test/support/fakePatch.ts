import { apiError } from "./fakeErrors";

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

/** An object after a patch; what was given stays as it was. A strategic patch is taken for a merge patch. */
export function applyPatch(object: unknown, patch: unknown, type: "merge" | "json" | "strategic"): unknown {
  if (type !== "json") return merged(object, patch);
  const next = structuredClone(object);
  for (const operation of patch as Operation[]) apply(next, operation);
  return next;
}

/** RFC 7386. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return structuredClone(patch);
  const base = typeof target === "object" && target !== null && !Array.isArray(target) ? target : {};
  const next: Record<string, unknown> = structuredClone(base) as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete next[key];
    else next[key] = merged(next[key], value);
  }
  return next;
}

/** RFC 6902: test, add, replace and remove. */
function apply(object: unknown, { op, path, value }: Operation): void {
  const keys = path
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = keys.pop() ?? "";
  const parent = keys.reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], object) as
    | Record<string, unknown>
    | undefined;
  const is = parent?.[last];
  if (parent === undefined || (is === undefined && op !== "add"))
    throw apiError("invalid", `the server rejected our request: no ${path}`);
  if (op === "test") {
    if (JSON.stringify(is) !== JSON.stringify(value))
      throw apiError("invalid", `testing value ${path} failed`);
  } else if (op === "remove") {
    delete parent[last];
  } else if (op === "add" && Array.isArray(parent) && last === "-") {
    parent.push(value);
  } else {
    parent[last] = structuredClone(value);
  }
}
