#!/usr/bin/env node

// Runs the built program of a package, or, in a source tree, the TypeScript through tsx.
const fs = require("node:fs");
const path = require("node:path");

const built = path.join(__dirname, "..", "dist", "automation", "cli.js");
if (fs.existsSync(built)) {
  require(built).main(process.argv);
} else {
  require("tsx/cjs");
  require("../automation/cli.ts").main(process.argv);
}
