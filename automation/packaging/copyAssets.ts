import * as fs from "node:fs";
import * as path from "node:path";

/** Copies into dist what the compiler leaves behind: scripts and the generated descriptors, beside the code that reads them. */
const root = path.join(__dirname, "..", "..");
const isAsset = (file: string) => /\.(sh|json)$/.test(file) || fs.statSync(file).isDirectory();

for (const room of ["components", "snapshot", "automation"]) {
  fs.cpSync(path.join(root, room), path.join(root, "dist", room), { recursive: true, filter: isAsset });
}
