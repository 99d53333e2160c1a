import { stringify as stringifyJson } from "lossless-json";
import { printableJson } from "../../snapshot";
import { writeYaml } from "../commandLine/writeYaml";

type Json = Readonly<Record<string, unknown>>;

/**
 * An object as kubectl prints it: keys sorted, JSON indented by four, YAML 1.1, in which a plain `on` is no string.
 * Integers keep all their digits; what would act on a terminal is escaped, which every reader undoes.
 *
 * @returns undefined for one that is nested too deeply
 */
export function writeObject(
  object: Json,
  format: "yaml" | "json",
  withManagedFields: boolean,
): string | undefined {
  try {
    const written = sorted(withManagedFields ? object : withoutManagedFields(object));
    return format === "json" ? printableJson(stringifyJson(written, undefined, 4) ?? "") : toYaml(written);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function withoutManagedFields(object: Json): Json {
  const { metadata } = object;
  if (metadata === null || typeof metadata !== "object" || Array.isArray(metadata)) return object;
  const { managedFields: _, ...rest } = metadata as Json;
  return { ...object, metadata: rest };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted((value as Json)[key])]));
}

/** Deeper than this the indentation alone is megabytes, and the library takes minutes. */
const DEEPEST_YAML = 500;

function toYaml(value: unknown): string {
  if (depthOf(value) > DEEPEST_YAML) throw new RangeError("nested too deeply");
  return writeYaml(value);
}

function depthOf(value: unknown): number {
  if (value === null || typeof value !== "object") return 0;
  return 1 + Object.values(value).reduce((deepest: number, inner) => Math.max(deepest, depthOf(inner)), 0);
}
