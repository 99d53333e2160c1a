#!/usr/bin/env node

// Runs the built program of an installed package. A checkout runs its TypeScript, never a build, which may be older.
const fs = require("node:fs");
const path = require("node:path");

const root = path.join(__dirname, "..");
const [, , command, act = "-"] = process.argv;
if (command === "step" && !act.startsWith("-")) {
  process.argv.splice(2, 1);
  require("./etcd-recovery-step.js");
} else if (fs.existsSync(path.join(root, "tsconfig.json"))) {
  require("tsx/cjs");
  require("../automation/cli.ts").main(process.argv);
} else {
  require("../dist/automation/cli.js").main(process.argv);
}
