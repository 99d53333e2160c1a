import * as fs from "node:fs";

/** What a phase cost, besides time. */
export interface Usage {
  /** Bytes that the phase's processes handed to write calls. */
  readonly written: number;
  /** Bytes that they made dirty for the disk, less what was deleted before it got there. */
  readonly toDisk: number;
  /** Largest resident set of any one of them, in bytes; etcd's files are mapped and count when they are in use. */
  readonly peakMemory: number;
}

const SAMPLE_MS = 100;

/**
 * Runs `work` and counts what its child processes use, from /proc: a process's io counters include those of all the
 * children that it has waited for. Servers that run on, `ignored`, are in none of the figures.
 */
export async function withUsage(
  work: () => Promise<void>,
  ignored: () => ReadonlySet<number>,
): Promise<Usage> {
  let peakMemory = 0;
  const sample = () => {
    for (const peak of peaksOf(process.pid, ignored())) peakMemory = Math.max(peakMemory, peak);
  };
  const timer = setInterval(sample, SAMPLE_MS);
  const before = ioCounters();
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  const after = ioCounters();
  const counted = (name: string) => (after[name] ?? 0) - (before[name] ?? 0);
  return {
    written: counted("wchar"),
    toDisk: counted("write_bytes") - counted("cancelled_write_bytes"),
    peakMemory,
  };
}

function ioCounters(): Record<string, number> {
  return numbersOf(fs.readFileSync("/proc/self/io", "utf8"));
}

function numbersOf(text: string): Record<string, number> {
  return Object.fromEntries([...text.matchAll(/^(\w+):\s+(\d+)/gm)].map(([, name, n]) => [name, Number(n)]));
}

/** High-water marks of the resident sets of all descendants, in bytes. */
function peaksOf(root: number, ignored: ReadonlySet<number>): number[] {
  const parents = new Map<number, number>();
  for (const entry of fs.readdirSync("/proc")) {
    // "PID (NAME) STATE PPID ..."; a name may hold spaces and parentheses
    const stat = /^\d+$/.test(entry) ? readIfThere(`/proc/${entry}/stat`) : "";
    const parent = /.*\) \w (\d+) /.exec(stat)?.[1];
    if (parent !== undefined) parents.set(Number(entry), Number(parent));
  }
  const descends = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === root || descends(parent));
  };
  return [...parents.keys()]
    .filter((pid) => !ignored.has(pid) && descends(pid))
    .map((pid) => (numbersOf(readIfThere(`/proc/${pid}/status`)).VmHWM ?? 0) * 1024);
}

/** Empty when the process has ended meanwhile. */
function readIfThere(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
