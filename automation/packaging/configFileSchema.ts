import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { configSchema } from "../../components/config/configSchema";

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** The package's own project: the keys of a stack's file begin with its name. */
interface Project {
  readonly name: string;
  readonly config: Readonly<Record<string, { readonly description?: string }>>;
}

/**
 * A JSON Schema (2020-12) of `Pulumi.<stack>.yaml` for editors, from the schema that the program itself checks with.
 * What lies between keys, such as "exactly one of restore.snapshot and restore.rollback", only the program checks.
 *
 * @param root directory of the package
 */
export function configFileSchema(root: string): JsonSchema {
  const { name, config } = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as Project;
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" });
  const operations = (schema.oneOf ?? schema.anyOf ?? []) as JsonSchema[];
  return {
    $schema: $schema ?? "https://json-schema.org/draft/2020-12/schema",
    title: "A stack of etcd-recovery",
    type: "object",
    required: ["config"],
    properties: { config: { type: "object", oneOf: operations.map((one) => inFile(one, name, config)) } },
  };
}

/** The keys as the file has them; other namespaces have keys of their own. */
function inFile(operation: JsonSchema, project: string, declared: Project["config"]): JsonSchema {
  const properties = Object.entries(operation.properties ?? {}).map(([key, value]) => {
    const description = declared[key]?.description;
    const described =
      typeof value === "object" && description !== undefined ? { description, ...value } : value;
    return [`${project}:${key}`, asWritten(key, described)];
  });
  return {
    type: "object",
    required: (operation.required ?? []).map((key) => `${project}:${key}`),
    properties: Object.fromEntries(properties),
    patternProperties: { [`^(?!${project}:)`]: {} },
    additionalProperties: false,
  };
}

/** A value that `pulumi config set --secret` has encrypted. */
const secure: JsonSchema = {
  type: "object",
  properties: { secure: { type: "string" } },
  required: ["secure"],
  additionalProperties: false,
};
const secretKeys = ["privateKey", "identity"];
const idKeys = ["id", "rollback", "finalize"];

/**
 * A key's schema with the forms that `pulumi config set` itself writes: a number as text, an id of digits as a number, a
 * list of nothing as text, secrets encrypted.
 */
function asWritten(key: string, schema: JsonSchema | boolean): JsonSchema | boolean {
  if (typeof schema === "boolean") return schema;
  if (key === "members") return { anyOf: [schema, { type: "string", pattern: "^[0-9]+$" }] };
  if (idKeys.includes(key)) return { anyOf: [schema, { type: "integer", minimum: 0 }] };
  if (key === "quarantine") return { anyOf: [schema, { const: "[]" }] };
  if (secretKeys.includes(key)) return { anyOf: [schema, secure] };
  if (schema.properties === undefined) return schema;
  const properties = Object.entries(schema.properties).map(([name, one]) => [name, asWritten(name, one)]);
  return { ...schema, properties: Object.fromEntries(properties) };
}
