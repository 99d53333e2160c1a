import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { freePort } from "../../agent/freePort";

/** What an outside judge says of a snapshot file. */
export interface Judgement {
  readonly accepts: boolean;
  /** The last line that it has written. */
  readonly said: string;
}

/** Go's own limit of a stack lets a loop in a tree eat a gigabyte; a judge that takes so long has none of it to say. */
const JUDGE_MS = 20_000;
const BOOT_MS = 30_000;
/** A server that has said "ready" goes on with what it does in the background, such as a compaction that was begun. */
const SETTLED_MS = 150;

/** Programs of etcd's own makers, each asked about one file at a time. */
export class Judges {
  constructor(
    private readonly tools: { readonly etcd: string; readonly etcdutl: string; readonly bbolt?: string },
    /** For what a restore writes; a memory file system makes it quick. */
    private readonly directory: string,
  ) {}

  /** `bbolt check`. */
  bboltCheck(file: string): Promise<Judgement> {
    if (this.tools.bbolt === undefined) throw new Error("bbolt was not provided");
    return judge([this.tools.bbolt, "check", file]);
  }

  /** `etcdutl snapshot status`. */
  status(file: string): Promise<Judgement> {
    return judge([this.tools.etcdutl, "snapshot", "status", file]);
  }

  /**
   * `etcdutl snapshot restore` as this project calls it, then etcd until it serves.
   *
   * @param isRaw the file has no digest at its end.
   */
  async restoreAndBoot(file: string, isRaw = false): Promise<Judgement> {
    const data = fs.mkdtempSync(path.join(this.directory, "judged-"));
    try {
      const peer = `http://127.0.0.1:${await freePort()}`;
      const member = ["--name", "one", "--initial-cluster", `one=${peer}`];
      const urls = ["--initial-advertise-peer-urls", peer];
      const bump = ["--bump-revision", "1000000000", "--mark-compacted", `--skip-hash-check=${isRaw}`];
      const target = ["--data-dir", path.join(data, "etcd")];
      const restored = await judge([
        this.tools.etcdutl,
        "snapshot",
        "restore",
        file,
        ...target,
        ...member,
        ...urls,
        ...bump,
      ]);
      return restored.accepts ? await this.boot([...target, ...member, ...urls], peer) : restored;
    } finally {
      fs.rmSync(data, { recursive: true, force: true });
    }
  }

  private async boot(argv: readonly string[], peer: string): Promise<Judgement> {
    const client = `http://127.0.0.1:${await freePort()}`;
    const listen = ["--listen-peer-urls", peer, "--listen-client-urls", client];
    const server = spawn(
      this.tools.etcd,
      [...argv, ...listen, "--advertise-client-urls", client, "--unsafe-no-fsync"],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    const output = collect(server);
    const ended = new Promise<boolean>((resolve) => server.once("exit", () => resolve(false)));
    const ready = new Promise<boolean>((resolve) => {
      server.stderr?.on("data", () => output().includes("ready to serve client requests") && resolve(true));
    });
    const late = new Promise<boolean>((resolve) => setTimeout(resolve, BOOT_MS, false).unref());
    let accepts = await Promise.race([ready, ended, late]);
    if (accepts) {
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, SETTLED_MS))]);
      accepts = server.exitCode === null && server.signalCode === null;
    }
    server.kill("SIGKILL");
    await ended;
    return { accepts, said: lastLine(output()) };
  }
}

async function judge(argv: readonly string[]): Promise<Judgement> {
  const [program = "", ...rest] = argv;
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"], timeout: JUDGE_MS });
  child.stdout.resume();
  const output = collect(child);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  return { accepts: code === 0, said: lastLine(output()) };
}

/** What a program writes to stderr, the first megabyte of it. */
function collect(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.on("data", (chunk) => {
    if (text.length < 1 << 20) text += String(chunk);
  });
  return () => text;
}

/** A panic of Go ends in its goroutines: the line that names it says more than the last one. */
function lastLine(text: string): string {
  const lines = text.trim().split("\n");
  return (lines.find((line) => /panic|fatal|^Error/i.test(line)) ?? lines.at(-1) ?? "").slice(0, 400);
}
