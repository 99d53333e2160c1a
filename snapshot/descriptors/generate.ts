import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { Root } from "protobufjs";
import type { KubernetesDescriptors } from "../kubernetes/descriptors";
import { readGoTypes } from "./goTypes";

/** The modules whose .proto files and Go types are read; versions are those of go.mod, contents those of go.sum. */
const MODULES = ["k8s.io/api", "k8s.io/apimachinery"];
const OUTPUT = path.join(__dirname, "..", "generated", "kubernetes.json");

/** Writes the descriptors of all built-in kinds. Needs Go, and its module proxy once. */
function generate(): void {
  const modules = new Map(MODULES.map((name) => [name, download(name)]));
  const found = [...modules].flatMap(([name, { directory }]) => protoPackages(directory, name));
  const root = new Root();
  root.resolvePath = (_, imported) => locate(imported, modules);
  root.loadSync(
    found.map(({ proto }) => proto),
    { keepCase: true },
  );
  root.resolveAll();

  const descriptors: KubernetesDescriptors = {
    modules: Object.fromEntries([...modules].map(([name, { version }]) => [name, version])),
    groups: {},
    types: {},
    root: root.toJSON({ keepComments: false }),
  };
  for (const { directory, name } of found) {
    const { group, types } = readGoTypes(directory);
    const protoPackage = name.replaceAll("/", ".").replaceAll("-", "_");
    if (group !== undefined) descriptors.groups[`${group}/${path.basename(name)}`] = protoPackage;
    for (const [type, fields] of Object.entries(types)) descriptors.types[`${protoPackage}.${type}`] = fields;
  }
  fs.mkdirSync(path.dirname(OUTPUT), { recursive: true });
  fs.writeFileSync(OUTPUT, JSON.stringify(descriptors));
  process.stdout.write(`${OUTPUT}: ${Object.keys(descriptors.groups).length} API versions\n`);
}

interface GoModule {
  readonly directory: string;
  readonly version: string;
}

function download(name: string): GoModule {
  const answer = execFileSync("go", ["list", "-m", "-json", name], { cwd: __dirname, encoding: "utf8" });
  const { Version: version } = JSON.parse(answer) as { Version: string };
  const json = execFileSync("go", ["mod", "download", "-json", `${name}@${version}`], {
    cwd: __dirname,
    encoding: "utf8",
  });
  return { directory: (JSON.parse(json) as { Dir: string }).Dir, version };
}

function protoPackages(
  directory: string,
  name: string,
): { proto: string; directory: string; name: string }[] {
  return fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const child = path.join(directory, entry.name);
    if (entry.isDirectory())
      return entry.name === "testdata" ? [] : protoPackages(child, `${name}/${entry.name}`);
    return entry.name === "generated.proto" ? [{ proto: child, directory, name }] : [];
  });
}

function locate(imported: string, modules: ReadonlyMap<string, GoModule>): string {
  for (const [name, { directory }] of modules) {
    if (imported.startsWith(`${name}/`)) return path.join(directory, imported.slice(name.length + 1));
  }
  return imported;
}

generate();
