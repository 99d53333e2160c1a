import { type FileSource, MemberScriptError, type Volumes } from "../../../components/procedure/substrate";
import type { Calls } from "./calls";

/** What an etcd starts from: which cluster, at which revision. */
export interface FakeData {
  clusterId: bigint;
  revision: bigint;
}

/** A member's volume: what lies on it, and what its image can do. */
export interface FakeVolume {
  live: FakeData | undefined;
  staged: (FakeData & { sha256: string; bump: string }) | undefined;
  received: string | undefined;
  previous: Map<string, FakeData>;
  marks: Set<"swapped" | "undone" | "over" | "held">;
  tool: "etcdutl" | "etcdctl" | "none";
  toolVersion: string;
  codec: "zstd" | "gzip" | "none";
  available: number;
  total: number;
  /** What `previous` answers instead of what lies there, e.g. that of a damaged copy. */
  previousAnswer: string | undefined;
  /** Whether an etcdutl was brought. */
  brought: boolean;
}

/** Answers for a script instead of the fake's own. */
export type ScriptAnswer = (member: string, argv: readonly string[]) => string | undefined;

interface Call {
  readonly script: string;
  readonly argv: readonly string[];
}

const digest = "d".repeat(64);

/** Volumes in memory. A script does there what the real one does to a disk, as far as the procedure can see it. */
export class FakeVolumes implements Volumes {
  readonly of = new Map<string, FakeVolume>();
  readonly holding = new Set<string>();
  readonly answers = new Map<string, ScriptAnswer>();
  /** Revision of the snapshot that is sent. */
  snapshotRevision = 42n;
  ownCodecs: readonly ("gzip" | "zstd")[] = ["gzip", "zstd"];
  /** Why a volume cannot be worked on, by member. */
  readonly unreachable = new Map<string, Error>();
  mayBeUnmounted?: true;
  reach: Readonly<Record<string, string>> = { nodes: "m-0=n0", utility: "{}" };

  constructor(
    private readonly calls: Calls,
    members: readonly string[],
  ) {
    for (const member of members) {
      this.of.set(member, {
        live: { clusterId: 1n, revision: 1000n },
        staged: undefined,
        received: undefined,
        previous: new Map(),
        marks: new Set(),
        tool: "etcdutl",
        toolVersion: "3.6.14",
        codec: "zstd",
        available: 10 * 2 ** 30,
        total: 20 * 2 ** 30,
        previousAnswer: undefined,
        brought: false,
      });
      this.holding.add(member);
    }
  }

  volume(member: string): FakeVolume {
    const volume = this.of.get(member);
    if (volume === undefined) throw new Error(`no member ${member}`);
    return volume;
  }

  await(member: string): Promise<void> {
    return this.calls.make(`volumes.await ${member}`, () => {
      const problem = this.unreachable.get(member);
      if (problem !== undefined) throw problem;
    });
  }

  run(member: string, call: Call): Promise<string> {
    return this.calls.make(`volumes.run ${member} ${call.script}`, () => this.carryOut(member, call));
  }

  send(member: string, call: Call, source: FileSource): Promise<string> {
    const opened = source.identityFile === undefined ? "" : ` opened by ${source.identityFile}`;
    const what = `volumes.send ${member} ${call.script} ${source.path} ${source.codec}${opened}`;
    return this.calls.make(what, () => this.carryOut(member, call));
  }

  copy(from: string, fromCall: Call, to: string, toCall: Call): Promise<string> {
    return this.calls.make(`volumes.copy ${from} ${fromCall.script} ${to} ${toCall.script}`, () =>
      this.carryOut(to, toCall),
    );
  }

  async codecs(): Promise<readonly ("gzip" | "zstd")[]> {
    return this.ownCodecs;
  }

  async describe(): Promise<Readonly<Record<string, string>>> {
    return this.reach;
  }

  release(members: readonly string[]): Promise<void> {
    return this.calls.make(`volumes.release ${members.join(",")}`, () => {
      for (const member of members) this.holding.delete(member);
    });
  }

  held(): Promise<readonly string[]> {
    return this.calls.make("volumes.held", () => [...this.holding]);
  }

  clean(own: readonly string[] | undefined): Promise<readonly string[]> {
    return this.calls.make(`volumes.clean ${own?.join(",") ?? "all"}`, () => []);
  }

  removeAll(): Promise<void> {
    return this.calls.make("volumes.removeAll", () => this.holding.clear());
  }

  private carryOut(member: string, { script, argv }: Call): string {
    const problem = this.unreachable.get(member);
    if (problem !== undefined) throw problem;
    this.holding.add(member);
    const given = this.answers.get(script)?.(member, argv);
    if (given !== undefined) return given;
    const volume = this.volume(member);
    const run = scripts[script];
    if (run === undefined) throw new Error(`the fake knows no script ${script}`);
    const end = (code: number, said: string): never => {
      throw new MemberScriptError(member, code, said);
    };
    const answer = run(volume, argv, this.snapshotRevision, end);
    if (/^(swap|unswap|adopt|unhold|release|end)$/.test(script)) this.holding.delete(member);
    return answer;
  }
}

type End = (code: number, said: string) => never;
type Script = (volume: FakeVolume, argv: readonly string[], revision: bigint, end: End) => string;

const stateOf: Script = (volume) => {
  const mark = (["over", "undone", "swapped"] as const).find((one) => volume.marks.has(one));
  const phase = mark ?? (volume.staged ? "staged" : volume.received ? "received" : "new");
  const sha256 = volume.staged?.sha256 ?? volume.received;
  return [
    `phase ${phase}`,
    ...(sha256 === undefined ? [] : [`sha256 ${sha256}`]),
    ...(volume.staged === undefined ? [] : [`bump ${volume.staged.bump}`]),
    `tool ${volume.tool}`,
    `tool-version ${volume.toolVersion}`,
    `codec ${volume.codec}`,
    `available ${volume.available}`,
    `total ${volume.total}`,
    "",
  ].join("\n");
};

const receive: Script = (volume, argv, _, end) => {
  const [, , sha256 = ""] = argv;
  if (volume.marks.has("undone")) end(1, "restore was undone: choose a new restore id");
  if (volume.marks.has("swapped")) end(76, "has swapped another snapshot on this volume");
  if (volume.staged !== undefined && volume.staged.sha256 !== sha256) volume.staged = undefined;
  if (volume.staged === undefined) volume.received = sha256;
  return `sha256 ${sha256}\n`;
};

const stage: Script = (volume, argv, revision, end) => {
  const [, tool = "", , , token = "", , bump = "", sha256 = ""] = argv;
  const { staged } = volume;
  if (staged !== undefined && (staged.sha256 !== sha256 || staged.bump !== bump)) volume.staged = undefined;
  if (volume.staged === undefined) {
    if (volume.received !== sha256)
      return end(77, "the snapshot has not arrived on this volume: run the transfer first");
    if (tool === "none") return end(1, "none could not restore the snapshot");
    volume.received = undefined;
    const clusterId = BigInt(0x1000 + token.length);
    volume.staged = { clusterId, revision: revision + BigInt(bump), sha256, bump };
  }
  return stagedText(volume, end);
};

function stagedText({ staged }: FakeVolume, end: End): string {
  if (staged === undefined) return end(1, "nothing is staged on this volume");
  return `sha256 ${staged.sha256}\ncluster ${staged.clusterId.toString(16)}\nbump ${staged.bump}\n`;
}

const putBack: Script = (volume, [id = ""]) => {
  volume.marks.add("undone");
  const previous = volume.previous.get(id);
  if (previous !== undefined) {
    volume.live = previous;
    volume.previous.delete(id);
  }
  volume.marks.delete("swapped");
  volume.marks.delete("held");
  volume.staged = undefined;
  return "undone\n";
};

const scripts: Readonly<Record<string, Script>> = {
  state: stateOf,
  receive,
  "copy-previous": (volume, [id = "", , bytes = "", sha256 = ""], revision, end) =>
    receive(volume, [id, bytes, sha256], revision, end),
  "receive-tool": (volume, [, , sha256 = ""]) => {
    volume.brought = true;
    return `sha256 ${sha256}\ntool /work/etcdutl\ntool-version 3.6.14\n`;
  },
  stage,
  staged: (volume, _argv, _revision, end) => stagedText(volume, end),
  previous: (volume, [, from = ""]) => {
    if (volume.previousAnswer !== undefined) return volume.previousAnswer;
    const previous = volume.previous.get(from);
    if (previous === undefined) return "previous none\n";
    return `previous kept\nsize 4096\nsha256 ${digest}\nowner 0:0\nrevision ${previous.revision}\nwal older\n`;
  },
  clear: (volume) => {
    volume.staged = undefined;
    volume.received = undefined;
    return "cleared\n";
  },
  swap: (volume, [id = ""], _, end) => {
    if (volume.marks.has("undone")) return end(1, `restore ${id} was undone: nothing is swapped`);
    if (volume.marks.has("swapped")) return "swapped\n";
    if (volume.staged === undefined) return end(1, "nothing is staged on this volume");
    if (volume.live !== undefined) volume.previous.set(id, volume.live);
    volume.live = { clusterId: volume.staged.clusterId, revision: volume.staged.revision };
    volume.staged = undefined;
    volume.marks.add("swapped");
    return "swapped\n";
  },
  unswap: putBack,
  release: (volume) => {
    volume.staged = undefined;
    volume.marks.add("over");
    return "released\n";
  },
  end: () => "ending\n",
  finalize: (volume, [, from = ""]) => `freed ${volume.previous.delete(from) ? 4096 : 0}\n`,
  hold: (volume, [id = ""]) => {
    if (!volume.marks.has("swapped") && volume.live !== undefined) {
      volume.previous.set(id, volume.live);
      volume.live = undefined;
    }
    volume.marks.add("held");
    return "held\n";
  },
  seeded: (volume) => (volume.marks.has("swapped") ? "adopted\n" : "seeded\n"),
  adopt: (volume) => {
    volume.marks.delete("held");
    volume.marks.add("swapped");
    return "swapped\n";
  },
  unhold: putBack,
};
