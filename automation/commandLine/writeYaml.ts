import { Document, type Tags, visit } from "yaml";
import { isUnprintable, printableJson } from "../../snapshot";

/**
 * Plain, these are strings to the library and none to kubectl: a merge of two maps, a type of its own, and numbers as Go
 * writes them.
 */
const MISTAKEN = /^(?:<<|=|(?:[-+]|(?=[\d.]))(?:0_*[xob][-+\da-f_]+|[\d_]*\.?[\d_]*(?:e[-+\d_]+)?))$/i;

/**
 * A value as YAML 1.1, as kubectl reads it, without the line feed at its end. What would act on a terminal is escaped, in
 * double quotes, where an escape is one.
 */
export function writeYaml(value: unknown): string {
  const document = new Document(value, {
    version: "1.1",
    customTags: withoutMerge,
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === "string" && needsQuotes(node.value)) node.type = "QUOTE_DOUBLE";
    },
  });
  // long lines stay: of some that the library folds, kubectl makes others
  const text = document.toString({ lineWidth: 0 });
  // what stands before that line feed may belong to a string
  return printableJson(text).replace(/\n$/, "");
}

/** The library leaves a key that merges as it is, whatever it is told of quotes; nothing that is written here merges. */
function withoutMerge(tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === "string" || tag.tag !== "tag:yaml.org,2002:merge");
}

/** A tab too, as kubectl does it: where a block of lines begins with one, its reader finds no indentation. */
function needsQuotes(text: string): boolean {
  return MISTAKEN.test(text) || /^\s+$/.test(text) || isUnprintable(text.replaceAll("\n", ""));
}
