#!/usr/bin/env node

// Runs one act of an operation. An installed package has it built; a checkout builds it when it has changed, and keeps
// it: an act starts in a tenth of a second so, and never runs what is older than its sources.
const fs = require("node:fs");
const path = require("node:path");

function fail(root, error) {
  const absent = error.code === "MODULE_NOT_FOUND";
  const sentence = absent ? `this checkout lacks packages. Run: npm ci --prefix ${root}` : error.message;
  process.stderr.write(`etcd-recovery: ${sentence}\n`);
  process.exit(absent ? 2 : 1);
}

function start() {
  if (!fs.existsSync(path.join(__dirname, "..", "tsconfig.json"))) return require("../dist/step.js");
  const { root, keptCode, newCode, run } = require("./keptBundle.js");
  const code = keptCode("step");
  if (code !== undefined) return run("step", code);
  return newCode("step", "automation/step/main.ts").then(
    (made) => run("step", made),
    (error) => fail(root, error),
  );
}

start();
