import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(__dirname, "..", "..");

/** A room: a folder of components/ or at the top; files directly in components/ are the room `components`. */
function roomOf(path: string): string {
  const [top = "", second = "", third] = relative(root, path).split("/");
  if (top !== "components") return second === "" && top !== "snapshot.ts" ? "index" : top.replace(".ts", "");
  return third === undefined ? "components" : second;
}

/** Which rooms a room may import. A room that is not listed is a new one: give it its arrows here. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  index: ["components", "config"],
  components: ["*"],
  config: ["access", "components", "profiles", "store", "vault"],
  profiles: [],
  // what a store has packed and encrypted is opened on its way
  access: ["components", "snapshot", "store"],
  member: ["components"],
  procedure: ["member", "components"],
  steps: ["procedure"],
  nodes: ["procedure", "member", "steps", "access", "profiles", "config", "components"],
  hosted: ["procedure", "member", "steps", "access", "profiles", "config", "components", "snapshot"],
  admission: ["store", "snapshot", "components"],
  restore: [
    "hosted",
    "nodes",
    "profiles",
    "procedure",
    "steps",
    "admission",
    "preview",
    "config",
    "store",
    "components",
  ],
  repair: ["hosted", "nodes", "procedure", "steps", "preview", "config", "components"],
  backup: [
    "hosted",
    "nodes",
    "profiles",
    "procedure",
    "steps",
    "access",
    "admission",
    "store",
    "config",
    "components",
    "snapshot",
  ],
  preview: ["hosted", "procedure", "snapshot"],
  // imports nothing of Pulumi's either: what runs beside etcd stores backups too
  store: ["components"],
  // declarations alone; what is stored is the store's affair
  vault: ["store"],
  snapshot: [],
  // an archive and what lies in it; who builds or fetches the parts is told apart from it
  image: ["automation", "components"],
  // a program of its own, without Pulumi
  agent: ["snapshot", "store", "components"],
  automation: ["*"],
};
/** Rooms that may import any but these. */
const anyBut = ["lab", "test", "bench"];

const files = ["components", "snapshot", "store", "vault", "agent", "image", "automation"].flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("generated"))
    .map((name) => join(root, room, name)),
);

/** Absolute paths, without ending, of what a file imports of the project's own. */
function pathsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const found = [...text.matchAll(/(?:from|import|require\()\s*\(?"(\.[^"]+)"/g)].map(
    ([, path = ""]) => path,
  );
  // package.json is nobody's room
  return found.filter((path) => !path.endsWith(".json")).map((path) => resolve(dirname(file), path));
}

function importsOf(file: string): string[] {
  return pathsOf(file).map((path) => roomOf(`${path}.ts`));
}

/** Whether a file imports a room's door, `components/<room>/index.ts`. */
function importsIndexOf(room: string, file: string): boolean {
  const paths = [...readFileSync(file, "utf8").matchAll(/from "(\.[^"]+)"/g)].map(([, path = ""]) => path);
  return paths.some((path) => resolve(dirname(file), path) === join(root, "components", room));
}

describe("arrows between rooms", () => {
  it.each(files.map((file) => relative(root, file)))("%s", (file) => {
    const room = roomOf(join(root, file));
    const allowed = arrows[room];
    expect(allowed, `room ${room}`).toBeDefined();
    for (const to of importsOf(join(root, file)).filter((one) => one !== room)) {
      expect(anyBut).not.toContain(to);
      if (allowed?.includes("*") !== true) expect(allowed, `${file} imports ${to}`).toContain(to);
    }
  });

  it("a substrate knows no other", () => {
    const between = files
      .filter((file) => ["hosted", "nodes"].includes(roomOf(file)))
      .flatMap((file) => importsOf(file).map((to) => [roomOf(file), to].sort().join("-")));
    expect(between).not.toContain("hosted-nodes");
  });

  it("the procedure knows no substrate and no substrate's tool", () => {
    const own = files.filter((file) => roomOf(file) === "procedure");
    expect(own.length).toBeGreaterThan(10);
    for (const file of own) expect(readFileSync(file, "utf8"), file).not.toMatch(/kubectl|\bssh\b/i);
  });

  it("no component reads configuration: what a program is told is its own affair", () => {
    const readers = files
      .filter((file) =>
        /pulumi\.Config\b|runtime\.(getConfig|allConfig)|\breadConfig\b/.test(readFileSync(file, "utf8")),
      )
      .map((file) => relative(root, file));
    expect(readers.sort()).toEqual(["components/config/index.ts", "components/program.ts"]);
    const importers = files.filter((file) => roomOf(file) !== "components" && importsIndexOf("config", file));
    expect(importers.map((file) => relative(root, file))).toEqual([]);
  });

  it("snapshots, stores and the agent know nothing of Pulumi", () => {
    const own = files.filter((file) => ["snapshot", "store", "agent"].includes(roomOf(file)));
    expect(own.length).toBeGreaterThan(60);
    for (const file of own) expect(readFileSync(file, "utf8"), file).not.toMatch(/["'`]@pulumi\//);
  });

  it("@pulumi/gcp is loaded by the declarations of a vault alone, and only where one is declared", () => {
    const users = files.filter((file) => readFileSync(file, "utf8").includes('"@pulumi/gcp'));
    expect(users.length).toBeGreaterThan(3);
    for (const file of users) {
      expect(relative(root, file)).toMatch(/^vault\/declare\//);
      const imported = readFileSync(file, "utf8").match(/^import (?!type ).*@pulumi\/gcp/m);
      expect(imported, file).toBeNull();
    }
  });

  it("no script for the operator's machine is left in components", () => {
    const scripts = readdirSync(join(root, "components"), { recursive: true, encoding: "utf8" });
    for (const name of scripts.filter((one) => one.endsWith(".sh")))
      expect(name).toMatch(/^(member|nodes)\/scripts\//);
  });
});

/** Files at the lab's top that every room of it may use: its words, its paths, and what is no part of any room. */
const ground = ["lab", "shapes", "labDirectory", "files", "fileLock", "progress", "waiting"];
/** Which rooms of the lab a room of it may import, and which other rooms; `lab` is what lies at its top. */
const labArrows: Readonly<Record<string, readonly string[]>> = {
  ground: ["components"],
  lab: ["ground", "machines", "clusters", "images", "load", "pulumi", "tools", "components", "image"],
  tools: ["ground", "components"],
  images: ["ground", "tools", "components", "image"],
  machines: ["ground", "images", "tools", "components"],
  clusters: ["ground", "machines", "images", "components"],
  load: ["ground", "images", "components"],
  pulumi: ["ground", "plugins", "tools", "components"],
  plugins: ["ground"],
  gcs: ["ground", "tools", "store", "vault", "agent"],
  demo: ["ground", "lab", "clusters", "images", "gcs", "components", "automation", "store", "agent"],
};

function labRoomOf(path: string): string {
  const [top = "", second = "", third] = relative(root, path).replace(/\.ts$/, "").split("/");
  if (top !== "lab") return top;
  if (third !== undefined) return second;
  return ground.includes(second) ? "ground" : "lab";
}

const labFiles = readdirSync(join(root, "lab"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join(root, "lab", name));

/** The first circle of files that is found, as paths; imports of types count too. */
function circleOf(files: readonly string[]): string[] {
  const done = new Set<string>();
  const visit = (file: string, above: readonly string[]): string[] => {
    if (above.includes(file)) return [...above.slice(above.indexOf(file)), file];
    if (done.has(file)) return [];
    done.add(file);
    const next = pathsOf(file).map((path) => [`${path}.ts`, join(path, "index.ts")].find(existsSync));
    for (const one of next) {
      const circle = one !== undefined && files.includes(one) ? visit(one, [...above, file]) : [];
      if (circle.length > 0) return circle;
    }
    return [];
  };
  return files.map((file) => visit(file, [])).find((circle) => circle.length > 0) ?? [];
}

describe("arrows between the lab's rooms", () => {
  it.each(labFiles.map((file) => relative(root, file)))("%s", (file) => {
    const room = labRoomOf(join(root, file));
    const allowed = labArrows[room];
    expect(allowed, `room ${room} of the lab`).toBeDefined();
    const others = pathsOf(join(root, file)).map(labRoomOf);
    for (const to of others.filter((one) => one !== room))
      expect(allowed, `${file} imports ${to}`).toContain(to);
  });

  it("no files of the lab import each other in a circle", () => {
    expect(labFiles.length).toBeGreaterThan(50);
    expect(circleOf(labFiles).map((file) => relative(root, file))).toEqual([]);
  });
});
