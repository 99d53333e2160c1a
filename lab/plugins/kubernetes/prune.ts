import { isArray, isMap, type PropertyMap, type PropertyValue } from "../rpc/values";

/**
 * What of a live object the inputs speak of: everything else was filled in by the server and is no difference.
 * Arrays are matched by index.
 */
export function pruneLive(live: PropertyMap, inputs: PropertyMap): PropertyMap {
  const pruned = Object.entries(live)
    .filter(([key]) => key in inputs)
    .map(([key, value]) => [key, pruneValue(value, inputs[key])] as const);
  return Object.fromEntries(pruned);
}

function pruneValue(value: PropertyValue, input: PropertyValue | undefined): PropertyValue {
  if (isMap(value) && isMap(input)) {
    return pruneLive(value, input);
  }
  if (isArray(value) && isArray(input)) {
    return value.slice(0, input.length).map((element, index) => pruneValue(element, input[index]));
  }
  return value;
}
