import { createHash } from "node:crypto";
import { type LedgerCopy, type LedgerFields, LedgerMoved, type LedgerStore } from "../procedure/ledgerStore";
import { MOVED, machineScript } from "./machineScripts";
import { answerOf, MachineScriptError, type NodesContext, wordsOf } from "./nodesContext";

/** The open ledger's file; ledgers of the past have the operation's id behind it. */
const OPEN = "ledger.json";
const pastFile = (id: string) => `ledger-${idOf(id)}.json`;
/** Version of a copy that is not there. */
const NONE = "-";

interface LedgerFile {
  readonly name: string;
  readonly digest: string;
  readonly fields: LedgerFields;
}

/**
 * Ledgers as files of root's alone, an equal copy on each machine. A write goes to the machines in their order, each only
 * over what was read there, under that machine's lock.
 */
export function ledgerFiles(
  context: Pick<NodesContext, "machines" | "profile" | "access">,
): LedgerStore & { digests(): Promise<ReadonlyMap<string, string>> } {
  const { machines, profile, access } = context;
  const names = access.machines.map(({ name }) => name);
  const placeOf = (machine: string, file: string) => `${machine}:${profile.state}/${file}`;

  async function filesOf(machine: string): Promise<readonly LedgerFile[]> {
    const answer = await answerOf(context, machine, "ledgers");
    return wordsOf(answer).map(([name = "", digest = "", content = ""]) => ({
      ...{ name, digest, fields: fieldsOf(content, placeOf(machine, name)) },
    }));
  }

  async function copiesOf(file: string): Promise<readonly LedgerCopy[]> {
    return Promise.all(
      names.map(async (machine) => {
        const found = (await filesOf(machine)).find(({ name }) => name === file);
        const version = found?.digest ?? NONE;
        return { place: placeOf(machine, file), fields: found?.fields, version };
      }),
    );
  }

  async function writeCopies(file: string, fields: LedgerFields, over: readonly LedgerCopy[]): Promise<void> {
    const content = `${JSON.stringify(fields)}\n`;
    const digest = createHash("sha256").update(content).digest("hex");
    for (const [n, machine] of names.entries()) {
      const copy = over[n];
      if (copy === undefined) throw new TypeError("a ledger is written only over what was read");
      const script = machineScript(profile, "write-ledger", file, copy.version, digest);
      const { code, stderr } = await machines.run(machine, script, 90, content);
      if (code === MOVED) throw new LedgerMoved(copy.place);
      if (code !== 0) throw new MachineScriptError(machine, code, stderr.trim());
    }
  }

  return {
    place: placeOf(names.join(","), OPEN),
    read: () => copiesOf(OPEN),
    write: (fields, over) => writeCopies(OPEN, fields, over),
    async archive(fields) {
      const file = pastFile(fields.id ?? "");
      const copies = await copiesOf(file);
      // Kept for an operation that was to follow and did not; what was marked since is in the open ledger alone.
      const stale = copies.some(({ fields: kept }) =>
        Object.keys(fields).some((field) => kept?.[field] === undefined),
      );
      if (stale) await writeCopies(file, fields, copies);
    },
    async past(id) {
      const copies = await copiesOf(pastFile(id));
      const known = copies.find(({ fields }) => fields !== undefined) ?? copies[0];
      if (known === undefined) throw new TypeError("there is no machine");
      return { ...known, version: JSON.stringify(copies.map(({ version }) => version)) };
    },
    async writePast(fields, over) {
      const versions = JSON.parse(over.version) as readonly string[];
      const copies = versions.map((version) => ({ ...over, version }));
      await writeCopies(pastFile(fields.id ?? ""), fields, copies);
    },
    async all() {
      const files = (await Promise.all(names.map(filesOf))).flat();
      const byName = new Map(files.map((file) => [file.name, file.fields]));
      return [...byName.values()];
    },
    async digests() {
      const copies = await copiesOf(OPEN);
      return new Map(names.map((name, n) => [name, copies[n]?.version ?? NONE]));
    },
  };
}

/** What is no object of texts is no ledger: its reader says so. */
function fieldsOf(base64: string, place: string): LedgerFields {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64, "base64").toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as LedgerFields;
  } catch {}
  return { phase: `${place} holds no JSON object` };
}

/** An id becomes a part of a path. */
function idOf(id: string): string {
  if (/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(id)) return id;
  throw new TypeError(`${JSON.stringify(id)} is no id of an operation`);
}
