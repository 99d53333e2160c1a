import * as fs from "node:fs";
import * as path from "node:path";
import { bundle, STEP_ENTRY } from "./bundle";

/** Puts into dist what the compiler leaves behind: scripts and generated descriptors beside the code that reads them, the step program in one file, and the version. */
const root = path.join(__dirname, "..", "..");
const dist = path.join(root, "dist");
const isAsset = (file: string) => /\.(sh|json)$/.test(file) || fs.statSync(file).isDirectory();

for (const room of ["components", "snapshot", "automation"]) {
  fs.cpSync(path.join(root, room), path.join(dist, room), { recursive: true, filter: isAsset });
}
const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
fs.writeFileSync(path.join(dist, "package.json"), `${JSON.stringify({ version })}\n`);
bundle(root, STEP_ENTRY).then(
  ({ code }) => fs.writeFileSync(path.join(dist, "step.js"), code),
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
