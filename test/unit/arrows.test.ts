import { readdirSync, readFileSync } from "node:fs";
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
  config: ["components"],
  profiles: [],
  access: ["components"],
  member: ["components"],
  procedure: ["member", "components"],
  steps: ["procedure"],
  hosted: ["procedure", "member", "steps", "access", "profiles", "components", "snapshot"],
  admission: ["hosted", "store", "snapshot", "components"],
  restore: ["hosted", "procedure", "steps", "admission", "components"],
  repair: ["hosted", "procedure", "steps", "components"],
  backup: ["hosted", "procedure", "steps", "access", "admission", "store", "components", "snapshot"],
  preview: ["hosted", "procedure", "snapshot"],
  store: ["components"],
  snapshot: [],
  automation: ["*"],
};
/** Rooms that may import any but these. */
const anyBut = ["lab", "test", "bench"];

const files = ["components", "snapshot", "automation"].flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("generated"))
    .map((name) => join(root, room, name)),
);

function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const found = [...text.matchAll(/(?:from|import|require\()\s*\(?"(\.[^"]+)"/g)].map(
    ([, path = ""]) => path,
  );
  return found.map((path) => roomOf(`${resolve(dirname(file), path)}.ts`));
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

  it("the procedure knows no substrate and no substrate's tool", () => {
    const own = files.filter((file) => roomOf(file) === "procedure");
    expect(own.length).toBeGreaterThan(10);
    for (const file of own) expect(readFileSync(file, "utf8"), file).not.toMatch(/kubectl|\bssh\b/i);
  });

  it("no script for the operator's machine is left in components", () => {
    const scripts = readdirSync(join(root, "components"), { recursive: true, encoding: "utf8" });
    for (const name of scripts.filter((one) => one.endsWith(".sh")))
      expect(name).toMatch(/^member\/scripts\//);
  });
});
