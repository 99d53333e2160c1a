import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { buildSync } from "esbuild";
import { imageNodeVersion } from "../lab/images/agentImage";
import { provideNode } from "../lab/tools/nodePackage";
import { provideTools } from "../lab/tools/provideTools";
import { TlsEtcd } from "../test/support/tlsEtcd";
import { median, run } from "./measure";
import { provideStore } from "./stores";

interface Options {
  readonly json?: boolean;
  readonly gigabytes: number;
  readonly rounds: number;
}

type Say = (line: string) => void;

/** What one way took: seconds, and the times of writes meanwhile, in milliseconds. */
interface Took {
  readonly seconds: number;
  readonly puts: readonly number[];
}

/**
 * Backs up one live etcd in turn: by the bundled agent, run by the Node of its image, into a directory store, by etcdctl
 * alone, and by the sequence of save, sha256sum and gzip.
 */
export async function benchBackup({ json, gigabytes, rounds }: Options): Promise<void> {
  const say: Say = (line) => void (json === true || process.stdout.write(`${line}\n`));
  const tools = await provideTools({ only: ["etcd", "etcdctl", "etcdutl"], log: say });
  const node = await provideNode(imageNodeVersion, say);
  const [etcdctl, etcdutl] = [tools.path("etcdctl"), tools.path("etcdutl")];
  const snapshot = provideStore(gigabytes, say);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "etcd-recovery-bench-"));
  const restore = { etcdutl, snapshot };
  const etcd = await TlsEtcd.start(
    { etcd: tools.path("etcd"), etcdctl },
    path.join(directory, "etcd"),
    1,
    restore,
  );
  try {
    const ways = waysOf(etcd, etcdctl, node, directory);
    const took = new Map(Object.keys(ways).map((name) => [name, [] as Took[]]));
    for (let round = 0; round <= rounds; round++) {
      for (const [name, way] of Object.entries(ways)) {
        const one = await measured(etcd, way);
        say(`${round === 0 ? "warm-up" : `round ${round}`} ${name}: ${one.seconds.toFixed(2)} s`);
        if (round > 0) took.get(name)?.push(one);
        fs.rmSync(path.join(directory, "out"), { recursive: true, force: true });
      }
    }
    process.stdout.write(
      `${JSON.stringify({ name: "backup", node: imageNodeVersion, ...conclude(took) })}\n`,
    );
  } finally {
    await etcd.stop();
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

let peakBytes = 0;

function waysOf(
  etcd: TlsEtcd,
  etcdctl: string,
  node: string,
  directory: string,
): Record<string, () => Promise<void>> {
  const out = path.join(directory, "out");
  const agent = path.join(directory, "agent.js");
  const entry = path.join(__dirname, "..", "agent", "main.ts");
  buildSync({
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    target: "node20",
    outfile: agent,
    logLevel: "error",
  });
  const settings = path.join(directory, "settings.json");
  const { members, tls } = etcd;
  const own = { format: 1, cluster: "bench", profile: "bench", members, tls };
  const places = { store: path.join(out, "store"), spool: path.join(directory, "spool") };
  fs.writeFileSync(settings, JSON.stringify({ ...own, ...places }));
  const file = path.join(out, "snapshot.db");
  const by = ["--endpoints", members[0]?.url ?? "", "--cacert", tls.ca, "--cert", tls.cert, "--key", tls.key];
  const save = async () => {
    fs.mkdirSync(out, { recursive: true });
    await run([etcdctl, ...by, "snapshot", "save", file]);
  };
  return {
    ours: () => withPeak(spawn(node, [agent, "backup", "--settings", settings], { stdio: "ignore" })),
    save,
    scripted: async () => {
      await save();
      await run(["sha256sum", file]);
      await run(["gzip", "-6", "-k", file]);
    },
    nothing: () => new Promise((done) => setTimeout(done, 1000)),
  };
}

/** The most memory that a process and what it started have had at one time. */
async function withPeak(child: ChildProcess): Promise<void> {
  const poll = setInterval(() => {
    const pids = [child.pid ?? 0, ...childrenOf(child.pid ?? 0)];
    peakBytes = Math.max(
      peakBytes,
      pids.reduce((sum, pid) => sum + residentOf(pid), 0),
    );
  }, 20);
  const [code] = await once(child, "exit");
  clearInterval(poll);
  if (code !== 0) throw new Error(`the agent ended with ${code}`);
}

function childrenOf(pid: number): number[] {
  try {
    const text = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    const pids = text === "" ? [] : text.split(" ").map(Number);
    // until it runs its own program, a child has the memory of its parent, which would count twice
    const own = fs.readlinkSync(`/proc/${pid}/exe`);
    return pids.filter((child) => fs.readlinkSync(`/proc/${child}/exe`) !== own);
  } catch {
    return [];
  }
}

function residentOf(pid: number): number {
  try {
    const text = fs.readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

async function measured(etcd: TlsEtcd, way: () => Promise<void>): Promise<Took> {
  const stop = new AbortController();
  const puts = etcd.putUntil(stop.signal);
  const begun = performance.now();
  await way();
  const seconds = (performance.now() - begun) / 1000;
  stop.abort();
  return { seconds, puts: await puts };
}

function conclude(took: ReadonlyMap<string, readonly Took[]>) {
  const seconds = (name: string) => median((took.get(name) ?? []).map((one) => one.seconds));
  const put = (name: string, share: number) => {
    const all = (took.get(name) ?? []).flatMap(({ puts }) => puts).sort((a, b) => a - b);
    return Math.round((all[Math.floor(all.length * share)] ?? 0) * 10) / 10;
  };
  const [ours, save, scripted] = [seconds("ours"), seconds("save"), seconds("scripted")];
  const latency = (name: string) => ({ p50: put(name, 0.5), p99: put(name, 0.99) });
  return {
    // ours divided by plain save: lower is better; scripted divided by ours: higher is better
    ratios: { vsPlainSave: ours / save, vsScripted: scripted / ours },
    medians: { ours, save, scripted },
    putMilliseconds: { ours: latency("ours"), save: latency("save"), nothing: latency("nothing") },
    peakMemoryMB: Math.round(peakBytes / 1e6),
  };
}
