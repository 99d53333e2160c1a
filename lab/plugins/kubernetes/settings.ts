import { NotInStandIn } from "../rpc/provider";
import { type PropertyMap, plain } from "../rpc/values";
import { textAt } from "./objects";

/** Switches of the provider; each comes as text ("true"), as the SDK sends them. */
export interface Settings {
  readonly namespace: string;
  readonly configMapMutable: boolean;
  readonly secretMutable: boolean;
  readonly patchForce: boolean;
  readonly deleteUnreachable: boolean;
}

/** Settings that change behaviour in ways that the stand-in does not have; harmless at these values. */
const unsupported: Readonly<Record<string, readonly string[]>> = {
  enableServerSideApply: ["true"],
  upsertExistingObjects: ["false"],
  skipUpdateUnreachable: ["false"],
  renderYamlToDirectory: [],
  alwaysRender: ["false"],
};

/** Reads the provider's inputs. Throws for a setting that the stand-in does not implement. */
export function readSettings(args: PropertyMap): Settings {
  for (const [name, harmless] of Object.entries(unsupported)) {
    const value = textOf(args, name);
    if (value !== "" && !harmless.includes(value)) {
      throw new NotInStandIn("kubernetes", `the setting ${name}: ${value}`);
    }
  }
  return {
    namespace: textAt(args, "namespace"),
    configMapMutable: textOf(args, "enableConfigMapMutable") === "true",
    secretMutable: textOf(args, "enableSecretMutable") === "true",
    patchForce: textOf(args, "enablePatchForce") === "true",
    deleteUnreachable: textOf(args, "deleteUnreachable") === "true",
  };
}

function textOf(args: PropertyMap, name: string): string {
  const value = plain(args[name] ?? null);
  return value === null ? "" : String(value);
}
