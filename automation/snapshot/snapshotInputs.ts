import { createWriteStream } from "node:fs";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { FailedError, UserError } from "../../components/errors";
import type { Problem } from "../../snapshot";
import { withHome } from "../commandLine/homePath";
import { size } from "./output";
import { clearProgress, lineOf } from "./progressLine";

/** The argument that stands for what is piped into the command, and what messages call it. */
const PIPED = "-";
const PIPED_NAME = "standard input";

/** A snapshot that was named on the command line. */
export interface SnapshotInput {
  /** Where it is read. */
  readonly path: string;
  /** What a person calls it. */
  readonly name: string;
}

/**
 * The files that were named, `-` among them: a snapshot is read by position, so what is piped in is first written into a
 * temporary file. That has no name any more when `work` begins: nothing of it stays behind, however the program ends.
 *
 * @param work takes the inputs, in the order of the names
 * @throws UserError when standard input is a terminal or is named twice, FailedError when it finds no room
 */
export async function withInputs(
  names: readonly string[],
  quiet: boolean | undefined,
  work: (...inputs: SnapshotInput[]) => Promise<void>,
): Promise<void> {
  const piped = names.filter((name) => name === PIPED).length;
  if (piped > 1)
    throw new UserError("- is given twice, and standard input is read once.", "Give one of them as a file.");
  const spool = piped === 0 ? undefined : await spoolInput(quiet);
  const inputOf = (name: string): SnapshotInput =>
    name === PIPED && spool !== undefined
      ? { path: pathOf(spool), name: PIPED_NAME }
      : { path: withHome(name), name };
  try {
    await work(...names.map(inputOf));
  } finally {
    await spool?.close();
  }
}

/** Calls files as the person did. */
export function renamed(problem: Problem, ...inputs: readonly SnapshotInput[]): Problem {
  const rename = (text: string) =>
    inputs.reduce((all, { path, name }) => all.replaceAll(path, () => name), text);
  return { ...problem, message: rename(problem.message), remedy: rename(problem.remedy) };
}

/** A path of an open file, for this process's threads and, on Linux, its children. */
function pathOf({ fd }: fs.FileHandle): string {
  return process.platform === "linux" ? `/proc/${process.pid}/fd/${fd}` : `/dev/fd/${fd}`;
}

async function spoolInput(quiet: boolean | undefined): Promise<fs.FileHandle> {
  if (process.stdin.isTTY === true) {
    throw new UserError(
      "-: standard input is a terminal.",
      "Pipe a snapshot into it: ssh HOST cat snapshot.db | etcd-recovery snapshot inspect -",
    );
  }
  const file = await unnamedFile();
  const line = lineOf(quiet);
  let received = 0;
  const count = new Transform({
    transform(chunk: Buffer, _, done) {
      received += chunk.length;
      line?.(`Receiving ${PIPED_NAME}`, ` ${size(received)}`);
      done(null, chunk);
    },
  });
  try {
    await pipeline(process.stdin, count, createWriteStream("", { fd: file, autoClose: false }));
    return file;
  } catch (cause) {
    await file.close();
    throw unspooled(cause as NodeJS.ErrnoException);
  } finally {
    clearProgress();
  }
}

/** Readable by its owner alone: a snapshot holds every Secret of its cluster. */
async function unnamedFile(): Promise<fs.FileHandle> {
  try {
    const directory = await fs.mkdtemp(join(tmpdir(), "etcd-recovery-"));
    try {
      return await fs.open(join(directory, "snapshot.db"), "wx+", 0o600);
    } finally {
      await fs.rm(directory, { recursive: true, force: true });
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const what = `${PIPED_NAME}: a temporary file in ${tmpdir()} cannot be made: ${code}.`;
    throw new FailedError(what, "Set TMPDIR to a directory that can be written.");
  }
}

function unspooled({ code, syscall, message }: NodeJS.ErrnoException): Error {
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    return new FailedError(
      `${PIPED_NAME}: ${tmpdir()} has no room for it: ${code}.`,
      "Set TMPDIR to a directory that has.",
    );
  }
  const what = syscall === "write" ? `cannot be written to ${tmpdir()}` : "cannot be read";
  return new FailedError(`${PIPED_NAME}: ${what}: ${code ?? message}.`, "Give a file instead.");
}
