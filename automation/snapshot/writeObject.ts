import { stringify as stringifyJson } from "lossless-json";
import { printableJson } from "../../snapshot";
import { writeYaml } from "../commandLine/writeYaml";

type Json = Readonly<Record<string, unknown>>;

/**
 * An object as kubectl prints it: keys sorted, JSON indented by four, YAML 1.1, in which a plain `on` is no string.
 * Integers keep all their digits; what would act on a terminal is escaped, which every reader undoes.
 *
 * @returns the text, or why it is not written
 */
export function writeObject(
  object: Json,
  format: "yaml" | "json",
  withManagedFields: boolean,
): { readonly text: string; readonly reason?: undefined } | { readonly reason: string } {
  try {
    const written = sorted(withManagedFields ? object : withoutManagedFields(object));
    if (format === "json") return { text: printableJson(toJson(written)) };
    if (valuesIn(written, MOST_YAML_VALUES) > MOST_YAML_VALUES)
      return { reason: `it holds more than ${MOST_YAML_VALUES} values, too many for YAML: ask for -o json` };
    return { text: toYaml(written) };
  } catch (error) {
    if (error instanceof RangeError)
      return { reason: `it is nested too deeply to be written as ${format.toUpperCase()}` };
    throw error;
  }
}

/** The library that keeps digits takes ten times the memory, and is asked only where there are digits to keep. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value, undefined, 4);
  } catch (error) {
    // a bigint
    if (error instanceof TypeError) return stringifyJson(value, undefined, 4) ?? "";
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

/** Of each the library makes a node of several hundred bytes. In 1.5 MiB, the most that etcd takes, it is one every 8 bytes. */
const MOST_YAML_VALUES = 200_000;

/** Values in a value, itself among them; counted no further than what is beyond `most`. */
function valuesIn(value: unknown, most: number): number {
  let count = 1;
  if (value === null || typeof value !== "object") return count;
  for (const inner of Object.values(value)) {
    if (count > most) break;
    count += valuesIn(inner, most - count);
  }
  return count;
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
