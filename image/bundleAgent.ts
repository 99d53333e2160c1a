import { bundle } from "../automation/packaging/bundle";

/** The agent's program, from the package's root. */
export const AGENT_ENTRY = "agent/main.ts";

/** The agent in one file, with all that it imports: nothing is installed beside it. */
export async function bundleAgent(package_: string): Promise<string> {
  return (await bundle(package_, AGENT_ENTRY, { target: "node22", external: [] })).code;
}
