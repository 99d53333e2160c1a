import {
  compact,
  deepEquals,
  isUnknown,
  type MutableMap,
  type PropertyMap,
  type PropertyValue,
  unknown,
} from "../rpc/values";

/**
 * Outputs as a preview may know them, by the rules of the library that the official plugin is built on: what mirrors an
 * input is known; anything else is unknown on a create, and on an update when an input that was there before differs.
 */
export function previewOutputs(
  outputs: PropertyMap,
  news: PropertyMap,
  olds: PropertyMap | undefined,
  fields: readonly string[],
): PropertyMap {
  const result: MutableMap = {};
  for (const [key, value] of Object.entries(outputs)) {
    const mirrors = key in news && deepEquals(news[key], value);
    result[key] = mirrors || (olds !== undefined && !hasChanged(news, olds, fields)) ? value : unknown;
  }
  return result;
}

function hasChanged(news: PropertyMap, olds: PropertyMap, fields: readonly string[]): boolean {
  return fields.some(
    (field) => isUnknown(news[field]) || (has(olds[field]) && !deepEquals(olds[field], news[field])),
  );
}

function has(value: PropertyValue | undefined): boolean {
  return value !== undefined && value !== null;
}

/** State of a resource: its inputs, with their secrets, and what it gave. */
export function stateOf(inputs: PropertyMap, outputs: PropertyMap): PropertyMap {
  return compact({ ...inputs, ...outputs });
}
