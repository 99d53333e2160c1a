import type { CheckFailure } from "../rpc/provider";
import { isArray, isMap, isSecret, isUnknown, type PropertyMap, type PropertyValue } from "../rpc/values";

/** What a field may hold. */
export type FieldType = "string" | "number" | "boolean" | "strings" | "stringMap" | "anything" | "connection";
export type Fields = Readonly<Record<string, FieldType>>;

const runFields = {
  interpreter: "strings",
  dir: "string",
  environment: "stringMap",
  stdin: "string",
  assetPaths: "strings",
  archivePaths: "strings",
  addPreviousOutputInEnv: "boolean",
  logging: "string",
} as const satisfies Fields;

/** Inputs of `command:local:Command`. */
export const localCommandFields: Fields = {
  ...runFields,
  triggers: "anything",
  create: "string",
  update: "string",
  delete: "string",
};

/** Arguments of the function `command:local:run`. */
export const localRunFields: Fields = { ...runFields, command: "string" };

/** Inputs of `command:remote:Command`. */
export const remoteCommandFields: Fields = {
  connection: "connection",
  environment: "stringMap",
  stdin: "string",
  addPreviousOutputInEnv: "boolean",
  logging: "string",
  triggers: "anything",
  create: "string",
  update: "string",
  delete: "string",
};

/** Inputs of `command:remote:CopyToRemote`. */
export const copyToRemoteFields: Fields = {
  connection: "connection",
  source: "anything",
  remotePath: "string",
  triggers: "anything",
};

/** Failures of a map of inputs: fields that do not exist, and values of a wrong type. */
export function checkFields(token: string, fields: Fields, inputs: PropertyMap): CheckFailure[] {
  return Object.entries(inputs).flatMap(([name, value]) => {
    const type = fields[name];
    if (type === undefined) {
      return [{ property: name, reason: `Unrecognized field '${name}' on '${token}'` }];
    }
    return fits(type, value)
      ? []
      : [{ property: name, reason: `Field '${name}' on '${token}' must be a ${wording[type]}` }];
  });
}

const wording: Readonly<Record<FieldType, string>> = {
  string: "string",
  number: "number",
  boolean: "bool",
  strings: "list of strings",
  stringMap: "map of strings",
  anything: "value",
  connection: "connection",
};

function fits(type: FieldType, wrapped: PropertyValue): boolean {
  const value = isSecret(wrapped) && isMap(wrapped) ? (wrapped.value ?? null) : wrapped;
  if (isUnknown(value) || value === null || type === "anything") {
    return true;
  }
  switch (type) {
    case "string":
    case "number":
    case "boolean":
      return typeof value === type;
    case "strings":
      return isArray(value) && value.every((element) => fits("string", element));
    case "stringMap":
      return isMap(value) && Object.values(value).every((element) => fits("string", element));
    case "connection":
      return isMap(value);
  }
}
