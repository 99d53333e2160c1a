import { isUnprintable, printable } from "../printable";
import type { Problem } from "../verdict";

/** How the snapshot in an archive is found. */
export interface ArchiveOptions {
  /**
   * The member's path in the archive, or a pattern in which `*` stands for any part of one. Default: the only member that
   * is a bbolt file.
   */
  readonly member?: string;
}

/** What `archiveReader.js` found where it found no single snapshot; lists are cut after some names, and long names too. */
export interface ArchiveContents {
  readonly members: number;
  /** How many members were meant. */
  readonly count: number;
  readonly chosen: readonly { readonly path: string; readonly bytes: number }[];
  /** Paths of regular files, of those that are bbolt files, and of those that are packed themselves. */
  readonly files: readonly string[];
  readonly snapshots: readonly string[];
  readonly packed: readonly string[];
  /** What the named member is that is not a file, e.g. SymbolicLink. */
  readonly otherType?: string;
}

/** Why no snapshot is read from an archive. Pure. @param file as the user wrote it */
export function archiveProblem(file: string, { member }: ArchiveOptions, contents: ArchiveContents): Problem {
  if (contents.count > 1) return several(file, contents);
  return member === undefined ? noSnapshot(file, contents) : noMember(file, member, contents);
}

/** Why an archive is not read at all where a snapshot is wanted. */
export function unwantedArchive(file: string, packing: string): Problem {
  return {
    code: "archive",
    message: `${file}: is a tar archive in ${packing}, as gkectl backup writes one, not a snapshot.`,
    remedy: `Look into it: etcd-recovery snapshot inspect <file>. An advanced cluster is restored from it by gkectl restore alone.`,
  };
}

function several(file: string, { chosen, count }: ArchiveContents): Problem {
  const [first, second] = chosen;
  if (first !== undefined && first.path === second?.path) {
    return {
      code: "several-members",
      message: `${file}: has ${first.path} more than once.`,
      remedy: `Take the right one out first: tar -xf <file> --occurrence=1 -O ${shellWord(first.path)} > <new file>`,
    };
  }
  const named = chosen.map(({ path, bytes }) => `${path} (${bytes} bytes)`);
  return {
    code: "several-members",
    message: `${file}: ${count} of its members may be meant: ${listed(named, count)}.`,
    remedy: `Say which: --member ${memberPattern(first?.path ?? "PATH")}`,
  };
}

function noSnapshot(file: string, { members, files, packed }: ArchiveContents): Problem {
  const [first] = packed;
  const holds = files.length === 0 ? "" : `; it has ${listed(files, members)}`;
  const inner = first === undefined ? "" : `. What is packed itself is not looked into: ${packed.join(", ")}`;
  return {
    code: "no-member",
    message: `${file}: none of its ${members} members is a bbolt file${holds}${inner}.`,
    remedy:
      first === undefined
        ? "Look: tar -tvf <file>. When one of them is the snapshot all the same, name it: --member PATH"
        : `Take it out first: tar -xf <file> -O ${shellWord(first)} > <new file>`,
  };
}

function noMember(
  file: string,
  member: string,
  { members, files, snapshots, otherType }: ArchiveContents,
): Problem {
  const is = otherType === undefined ? undefined : `is a ${otherType}, not a file`;
  const others = snapshots.length > 0 ? `; bbolt files: ${snapshots.join(", ")}` : "";
  const holds = others === "" && files.length > 0 ? `; it has ${listed(files, members)}` : others;
  return {
    code: "no-member",
    message: `${file}: ${is === undefined ? `has no member ${member}` : `its member ${member} ${is}`}${holds}.`,
    remedy:
      snapshots.length > 0 ? `--member ${memberPattern(snapshots[0] ?? "PATH")}` : "Look: tar -tvf <file>",
  };
}

function listed(names: readonly string[], all: number): string {
  return all > names.length ? `${names.join(", ")}, and more` : names.join(", ");
}

/** A pattern that can be typed and pasted: what a terminal does not show is any part of a name. */
function memberPattern(path: string): string {
  return shellWord(
    isUnprintable(path) ? printable(path).replace(/\\x[0-9a-f]{2}|\\u[0-9a-f]{4}/g, "*") : path,
  );
}

/** As a shell takes it for one word, and does nothing else with it: the name is whatever the archive says. */
function shellWord(text: string): string {
  return /["$`\\!]/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : `"${text}"`;
}
