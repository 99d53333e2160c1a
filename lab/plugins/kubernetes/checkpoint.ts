import {
  containsSecret,
  isMap,
  isSecret,
  type MutableMap,
  type PropertyMap,
  type PropertyValue,
  plainMap,
  secret,
} from "../rpc/values";
import { apiVersionOf, type KubeObject, textAt } from "./objects";

/** What a resource's state remembers. */
export interface Checkpoint {
  /** Inputs of the last create or update, plain. */
  readonly inputs: KubeObject;
  /** The object as the API server last gave it, plain. */
  readonly live: KubeObject;
  readonly initialApiVersion: string;
  /** Name under which this resource owns its fields; empty when the state has none. */
  readonly fieldManager: string;
}

/** Writes a state: the live object, and in `__inputs` what it was made from. Secret inputs are secret in both. */
export function writeCheckpoint(checkpoint: Checkpoint, secrets: PropertyMap): PropertyMap {
  const live = markSecrets(checkpoint.live, secrets);
  return {
    ...markStringData(live, secrets),
    __inputs: markSecrets(checkpoint.inputs, secrets),
    __initialApiVersion: checkpoint.initialApiVersion,
    __fieldManager: checkpoint.fieldManager,
  };
}

export function readCheckpoint(state: PropertyMap): Checkpoint {
  const { __inputs, __initialApiVersion, __fieldManager, ...live } = plainMap(state);
  const inputs = isMap(__inputs) ? __inputs : {};
  return {
    inputs,
    live,
    initialApiVersion: textAt(__initialApiVersion) || apiVersionOf(inputs),
    fieldManager: textAt(__fieldManager),
  };
}

/** Marks in `values` what is secret in `inputs`; the data of a Kubernetes Secret always is. */
export function markSecrets(values: PropertyMap, inputs: PropertyMap): PropertyMap {
  const marked: MutableMap = { ...values };
  if (values.kind === "Secret") {
    for (const key of ["data", "stringData"]) {
      const value = marked[key];
      if (value !== undefined) {
        marked[key] = secret(value);
      }
    }
    return marked;
  }
  for (const [key, input] of Object.entries(inputs)) {
    const value = marked[key];
    if (value !== undefined) {
      marked[key] = markValue(value, input);
    }
  }
  return marked;
}

function markValue(value: PropertyValue, input: PropertyValue): PropertyValue {
  if (isMap(value) && isMap(input) && !isSecret(input) && !isSecret(value)) {
    return markSecrets(value, input);
  }
  return containsSecret(input) ? secret(value) : value;
}

/** The API server moves stringData to data; the secrets of the one are the secrets of the other. */
function markStringData(live: PropertyMap, inputs: PropertyMap): PropertyMap {
  const { stringData } = inputs;
  return live.kind === "Secret" && stringData !== undefined && live.data !== undefined
    ? { ...live, data: secret(live.data) }
    : live;
}
