import * as pulumi from "@pulumi/pulumi";
import { checkConfig } from "./configCheck";
import { configKeys, isNodesProfile, type StackConfig } from "./configSchema";

/**
 * Reads the stack's configuration: the only place that does.
 *
 * @throws UserError when any value is missing or wrong, with all errors at once
 */
export function readConfig(): StackConfig {
  const config = new pulumi.Config();
  const raw: Record<string, unknown> = {};
  for (const [key, kind] of Object.entries(configKeys)) {
    // Of machines the list says how many: what Pulumi.yaml declares as default is not theirs.
    if (key === "members" && isNodesProfile(raw.profile)) continue;
    const value = read(config, key, kind);
    // Pulumi.yaml declares an empty default for what has none: empty is absent.
    if (value !== undefined && value !== "") raw[key] = value;
  }
  return checkConfig(raw);
}

/** A value of the wrong type is passed on as the text it is, so that the check reports it with the others. */
function read(
  config: pulumi.Config,
  key: string,
  kind: (typeof configKeys)[keyof typeof configKeys],
): unknown {
  if (kind === "string") return config.get(key);
  // They may hold a secret, which is handed on as one by whoever declares resources of it.
  if (key === "ssh" || key === "restore") return jsonOf(pulumi.runtime.getConfig(`${config.name}:${key}`));
  try {
    return kind === "number" ? config.getNumber(key) : config.getObject<unknown>(key);
  } catch {
    return config.get(key);
  }
}

function jsonOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
