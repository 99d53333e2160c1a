// Plain JavaScript on purpose, see windowWorker.js. Finds the snapshot among the members of a tar that is pushed through
// it, by what they hold, and hands on its bytes alone: names are compared and told, and never become a path.
const { Parser } = require("tar");

/** Far more than a backup of one cluster holds. */
const MEMBERS = 10_000;
/** Of all that is not the snapshot: it costs time alone. gkectl's backups have 3 to 100 MB, packed. */
const OTHER_BYTES = 4 * 1024 ** 3;
/** Names that are told, and how much of each. */
const NAMED = 12;
const NAME_CHARACTERS = 200;
const FILES = new Set(["File", "OldFile", "ContiguousFile"]);
/** Formats that a member may be packed in: gzip, zstd, xz, bzip2; and a tar in the tar. */
const PACKED = ["1f8b", "28b52ffd", "fd377a585a00", "425a68"].map((hex) => Buffer.from(hex, "hex"));

/** Whether a tar begins with this block: a name, "ustar" (POSIX, GNU, pax) or nothing (v7) in its place, and a true sum. */
function isTar(block) {
  if (block.length < 512 || block[0] === 0) return false;
  const isV7 = block.subarray(257, 512).every((byte) => byte === 0);
  if (!isV7 && block.toString("latin1", 257, 262) !== "ustar") return false;
  let sum = 8 * 32;
  for (let at = 0; at < 512; at++) if (at < 148 || at >= 156) sum += block[at];
  return Number.parseInt(block.toString("latin1", 148, 156).replace(/\0.*/s, "").trim(), 8) === sum;
}

const isPacked = (head) =>
  isTar(head) || PACKED.some((magic) => head.subarray(0, magic.length).equals(magic));

/** Without "./" in front and slashes behind, in linear time. */
function plainName(path) {
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end--;
  return path.slice(0, end).replace(/^(\.\/+)+/, "");
}

/** Cut where it is long, as a pattern that still fits it. */
const toldName = (path) => (path.length > NAME_CHARACTERS ? `${path.slice(0, NAME_CHARACTERS)}*` : path);

/** Whether a pattern in which `*` stands for any part fits; in linear time, whatever the name is. */
function fits(pattern, name) {
  const [first, ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    at = name.indexOf(part, at);
    if (at < 0) return false;
    at += part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/** An archive that is not read to its end: what is said of it follows its name. */
class ArchiveLimit extends Error {
  isLimit = true;
}

/** The compressed data may be whole. */
class TarDamage extends Error {
  isTarDamage = true;
}

class ArchiveReader {
  #parser = new Parser({ strict: true, maxMetaEntrySize: 1 << 20 });
  #wanted;
  #options;
  #fault;
  #total = 0;
  #spooled = 0;
  #isOver = false;
  #seen = { members: 0, files: [], snapshots: [], packed: [], chosen: [], count: 0 };

  /**
   * `member`: its path, or a pattern with `*`; undefined: whichever is a snapshot. `isSnapshot` tells from a member's first
   * `headBytes`. `open` answers the function that takes the chosen member's bytes. `otherBytes`: the most that all others
   * may have, 4 GiB by default.
   */
  constructor(options) {
    this.#options = options;
    this.#wanted = options.member === undefined ? undefined : plainName(options.member);
    this.#parser.on("error", (error) => this.#stop(new TarDamage(error.message)));
    this.#parser.on("eof", () => {
      this.#isOver = true;
    });
    this.#parser.on("ignoredEntry", (entry) => {
      // The next member would have the short form of its name.
      if (entry.meta)
        this.#stop(new ArchiveLimit(`has a header of ${entry.size} bytes: far more than a name has`));
      else this.#enter(entry);
    });
    this.#parser.on("entry", (entry) => this.#guard(() => this.#enter(entry)));
  }

  push(chunk) {
    this.#total += chunk.length;
    if (!this.#isOver) this.#parser.write(chunk);
    else if (chunk.some((byte) => byte !== 0))
      this.#stop(new TarDamage("other bytes follow the end of its tar"));
    const { otherBytes = OTHER_BYTES } = this.#options;
    if (this.#total - this.#spooled > otherBytes)
      this.#stop(new ArchiveLimit(`unpacks to more than ${otherBytes} bytes beside a snapshot`));
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** What was there; `chosen` has the one member whose bytes were handed on, or there is none, or more than one. */
  finish() {
    this.#parser.end();
    if (this.#total % 512 !== 0) this.#stop(new TarDamage("its tar is cut"));
    if (this.#fault !== undefined) throw this.#fault;
    return this.#seen;
  }

  #stop(error) {
    this.#fault ??= error;
  }

  /** What is thrown below the parser comes out of {@link push}. */
  #guard(work) {
    if (this.#fault !== undefined) return;
    try {
      work();
    } catch (error) {
      this.#stop(error);
    }
  }

  #enter(entry) {
    const path = plainName(entry.path);
    this.#seen.members++;
    if (this.#seen.members > MEMBERS)
      this.#stop(new ArchiveLimit(`has more than ${MEMBERS} members: no backup of one cluster has`));
    if (!FILES.has(entry.type)) {
      if (path === this.#wanted) this.#seen.otherType = entry.type;
      entry.resume();
      return;
    }
    this.#tell("files", path);
    const member = { path, bytes: entry.size, head: Buffer.alloc(0), isDecided: false };
    entry.on("data", (chunk) => this.#guard(() => this.#take(member, chunk)));
    entry.on("end", () => this.#guard(() => this.#decide(member)));
  }

  #take(member, chunk) {
    if (member.isDecided) {
      this.#write(member, chunk);
      return;
    }
    member.head = Buffer.concat([member.head, chunk]);
    if (member.head.length >= this.#options.headBytes) this.#decide(member);
  }

  #decide(member) {
    if (member.isDecided) return;
    member.isDecided = true;
    const { path, bytes, head } = member;
    const isSnapshot = !isTar(head) && this.#options.isSnapshot(head);
    if (isSnapshot) this.#tell("snapshots", path);
    else if (isPacked(head)) this.#tell("packed", path);
    if (this.#isChosen(path, isSnapshot)) {
      this.#seen.count++;
      if (this.#seen.chosen.length < NAMED) this.#seen.chosen.push({ path: toldName(path), bytes });
      if (this.#seen.count === 1) member.write = this.#options.open(toldName(path));
    }
    member.head = undefined;
    this.#write(member, head);
  }

  #isChosen(path, isSnapshot) {
    if (this.#wanted === undefined) return isSnapshot;
    return path === this.#wanted || (isSnapshot && fits(this.#wanted, path));
  }

  #write(member, bytes) {
    if (member.write === undefined) return;
    this.#spooled += bytes.length;
    member.write(bytes);
  }

  #tell(list, path) {
    if (this.#seen[list].length < NAMED) this.#seen[list].push(toldName(path));
  }
}

module.exports = { ArchiveReader, isTar };
