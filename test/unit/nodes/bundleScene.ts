import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Bundle, bundleOf } from "../../../components/nodes/pki/bundle";
import { bundleTar, makeMachineKeys } from "../../support/machineKeys";
import { scratchDirectory } from "../../support/testSnapshot";

/** Two machines of different control planes with their keys, and the bundle of the first. */
export function bundleScene() {
  const directory = scratchDirectory();
  const [one, other] = [join(directory, "one"), join(directory, "other")];
  let bundle: Bundle;
  return {
    ...{ directory, one, other },
    read: (root: string, path: string) => readFileSync(join(root, path), "utf8"),
    async make(): Promise<Bundle> {
      await Promise.all([makeMachineKeys(one, "cp-1"), makeMachineKeys(other, "cp-2")]);
      bundle = bundleOf("cp-1", bundleTar(one)) as Bundle;
      return bundle;
    },
    /** The bundle with other texts at some paths; undefined: not there. */
    changed: (texts: Readonly<Record<string, string | undefined>>): Bundle => ({
      ...bundle,
      entries: bundle.entries
        .filter(({ path }) => !(path in texts) || texts[path] !== undefined)
        .map((entry) => ({ ...entry, content: Buffer.from(texts[entry.path] ?? entry.content) })),
      text: (path) => (path in texts ? texts[path] : bundle.text(path)),
    }),
  };
}
