import * as fs from "node:fs";
import * as path from "node:path";
import type { FieldRule, TypeRules } from "../kubernetes/descriptors";

/** What the .proto files do not say and JSON needs: found in the Go types beside them. */
export interface GoTypes {
  /** Of `GroupName`; undefined for packages that are no API group. */
  readonly group: string | undefined;
  readonly types: Record<string, TypeRules>;
}

const STRUCT = /^type (\w+) struct \{\n([\s\S]*?)^\}/gm;
/** A named list, which protobuf wraps in a message with the one field `items`. */
const LIST = /^type (\w+) \[\]/gm;
const FIELD = /^\s*(?:\w+\s+)?(\S+)\s+`([^`]*)`/;

/** Reads the struct tags in a package of Kubernetes' API. */
export function readGoTypes(directory: string): GoTypes {
  const types: Record<string, TypeRules> = {};
  let group: string | undefined;
  for (const file of fs.readdirSync(directory)) {
    if (!file.endsWith(".go") || file.endsWith("_test.go") || file.startsWith("zz_generated")) continue;
    if (file === "generated.pb.go" || file.startsWith("generated.protomessage")) continue;
    const source = fs.readFileSync(path.join(directory, file), "utf8");
    group ??= /^const GroupName = "([^"]*)"/m.exec(source)?.[1];
    for (const [, name = "", body = ""] of source.matchAll(STRUCT))
      types[name] = { fields: readFields(body) };
    for (const [, name = ""] of source.matchAll(LIST)) types[name] = { isList: true, fields: {} };
  }
  return { group, types };
}

/** By the number of the field in protobuf. */
function readFields(body: string): Record<string, FieldRule> {
  const fields: Record<string, FieldRule> = {};
  for (const line of body.split("\n")) {
    const [, type = "", tags = ""] = FIELD.exec(line) ?? [];
    const number = /protobuf:"\w+,(\d+)/.exec(tags)?.[1];
    const [name = "", ...options] = (/json:"([^"]*)"/.exec(tags)?.[1] ?? "").split(",");
    if (number === undefined) continue;
    fields[number] = {
      json: name,
      ...(options.includes("inline") ? { inline: true } : {}),
      ...(options.includes("omitempty") ? { omitEmpty: true } : {}),
      ...(options.includes("omitzero") ? { omitZero: true } : {}),
      ...(type.startsWith("*") ? { pointer: true } : {}),
    };
  }
  return fields;
}
