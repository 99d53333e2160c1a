import { readFileSync } from "node:fs";
import { UserError } from "../../components/errors";

/** Provider plugins that the program uses. */
export type ProviderName = "command" | "kubernetes";
export const providerNames: readonly ProviderName[] = ["command", "kubernetes"];

/**
 * Version of a provider plugin: that of the installed npm package, which the engine asks for by exactly this number.
 * Throws UserError when the package is not installed.
 */
export function providerVersion(name: ProviderName): string {
  return versionOf(`@pulumi/${name}/package.json`);
}

function versionOf(packageJson: string): string {
  try {
    const { version } = JSON.parse(readFileSync(require.resolve(packageJson), "utf8")) as { version: string };
    return version;
  } catch {
    throw new UserError(`The npm package of ${packageJson} is not installed.`, "Run npm ci.");
  }
}
