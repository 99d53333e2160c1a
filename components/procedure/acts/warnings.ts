import type { ActContext } from "../act";

/** Says what did not stop the operation and should be looked at. @returns the same, for the report */
export function warned(
  { say }: Pick<ActContext, "say">,
  warnings: readonly string[],
): { readonly warnings: readonly string[] } {
  for (const warning of warnings) say(`warning: ${warning}`);
  return { warnings };
}
