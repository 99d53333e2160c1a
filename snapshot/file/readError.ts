import type { Problem } from "../verdict";

/** A file that could be opened cannot be read on: the disk fails, or somebody writes to the file. */
export class ReadError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
  }

  /** @param path of the file, as the user wrote it. */
  static changed(path: string): ReadError {
    return new ReadError({
      code: "changed-while-reading",
      message: `${path}: was changed while it was read.`,
      remedy: "Wait until whatever writes it is done, and try again.",
    });
  }

  /** @param error of a system call; anything else is thrown on. */
  static failed(path: string, error: unknown): ReadError {
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (syscall === undefined || code === undefined) throw error;
    const message = `${path}: cannot be read to its end: ${code} in ${syscall}.`;
    return new ReadError({
      code: "unreadable",
      message,
      remedy: "Check the disk, and copy the file to another one.",
    });
  }
}
