import { existsSync } from "node:fs";
import { join } from "node:path";

type Program = typeof import("./components/program");
type KeptBundle = { loadKept(name: string, entry: string): Program | undefined };

/**
 * What Pulumi runs. It would compile each of a checkout's files at every run, which takes seconds: a checkout keeps the
 * program as one file, made anew when a source has changed (bin/keptBundle.js).
 */
function load(): Program {
  const isCheckout = existsSync(join(__dirname, "tsconfig.json"));
  const kept = isCheckout
    ? (require("./bin/keptBundle.js") as KeptBundle).loadKept("program", "components/program.ts")
    : undefined;
  return kept ?? (require("./components/program") as Program);
}

export = () => load().program();
