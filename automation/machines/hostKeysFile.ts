import { readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { isMap, isSeq, parseDocument, type YAMLMap } from "yaml";
import { fingerprintOf, keyOnly } from "../../components/access/ssh/hostKey";
import { RefusedError, UserError } from "../../components/errors";

/** Host keys as hosts have shown them. */
export interface SeenKeys {
  /** By the machines' names. */
  readonly machines: ReadonlyMap<string, string>;
  readonly jump?: string;
}

/**
 * Writes host keys into a stack's file, or one of its keys alone, where they are absent. Comments and everything else stay;
 * the file is replaced at once.
 *
 * @param path absolute. @returns of whom a key was written, for a message
 * @throws RefusedError, with nothing written, when the file has another key by now
 */
export function writeHostKeys(path: string, seen: SeenKeys): readonly string[] {
  const { text, written } = withHostKeys(readFileSync(path, "utf8"), path, seen);
  if (written.length === 0) return written;
  const file = realpathSync(path);
  const aside = `${file}.${process.pid}.new`;
  try {
    writeFileSync(aside, text, { mode: statSync(file).mode & 0o777, flag: "wx" });
    renameSync(aside, file);
  } catch (cause) {
    rmSync(aside, { force: true });
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown";
    throw new UserError(`--stack: ${path}: cannot be written (${code}).`, `Look at it: ls -l ${path}`);
  }
  return written;
}

/** The text with the keys where they are absent. @param path for messages. @throws RefusedError */
export function withHostKeys(text: string, path: string, seen: SeenKeys) {
  const document = parseDocument(text);
  const config = document.get("config");
  const settings = isMap(config) ? config : document.contents;
  const written: string[] = [];
  const put = (entry: YAMLMap, name: string, key: string): void => {
    const known = entry.get("hostKey");
    if (known === undefined || known === null || known === "") {
      entry.set("hostKey", key);
      written.push(name);
    } else if (keyOnly(String(known)) !== keyOnly(key)) throw other(path, name, String(known), key);
  };
  const machines = isMap(settings) ? settingOf(settings, "machines") : undefined;
  for (const entry of isSeq(machines) ? machines.items : []) {
    const name = isMap(entry) ? String(entry.get("name")) : "";
    const key = seen.machines.get(name);
    if (isMap(entry) && key !== undefined) put(entry, name, key);
  }
  const ssh = isMap(settings) ? settingOf(settings, "ssh") : undefined;
  const jump = isMap(ssh) ? ssh.get("jump") : undefined;
  if (isMap(jump) && seen.jump !== undefined) put(jump, "ssh.jump", seen.jump);
  if (written.length === 0) return { text, written };
  // JSON is YAML too; what is printed as YAML is no JSON.
  const isJson = text.trimStart().startsWith("{");
  const printed = isJson
    ? `${JSON.stringify(document.toJS(), null, 2)}\n`
    : document.toString({ lineWidth: 0 });
  return { text: printed, written };
}

/** "etcd-recovery:machines" as "machines", whatever the project is called. */
function settingOf(settings: YAMLMap, key: string): unknown {
  const pair = settings.items.find(
    (item) =>
      String(item.key)
        .replace(/^[^:]*:/, "")
        .trim() === key,
  );
  return pair?.value;
}

const other = (path: string, name: string, known: string, key: string): RefusedError =>
  new RefusedError(
    `--stack: ${path}: has the host key ${fingerprintOf(known)} of ${name} by now, which showed ${fingerprintOf(key)}: nothing was written.`,
    "Ask whoever wrote it; a key that is there is never replaced.",
  );
