import type { ArchiveOptions } from "./file/archiveProblem";
import type { Beside } from "./file/beside";
import { type OpenedSnapshot, openSnapshot } from "./file/openedSnapshot";
import { type Layout, readLayout } from "./layout";
import type { KeyRecord } from "./mvcc/keyRecord";
import { RecordReader } from "./mvcc/recordReader";
import { ObjectCensus } from "./objectCensus";
import { nameRecord, type ObjectName } from "./objectName";
import { type KnownDigests, type Progress, type Scan, scan } from "./scan";
import type { Problem } from "./verdict";

/** How to read a snapshot. */
export interface ReadOptions {
  /**
   * Accept a file without a digest: a database copied from a data directory, or a snapshot whose digest was cut off.
   * Its structure is checked all the same. Default false.
   */
  readonly allowUnhashed?: boolean;
  /**
   * Take the snapshot out of a packed tar, such as gkectl writes for an advanced cluster; a file that is none is read as it
   * is. For looking alone: what else the archive holds belongs to a restore. Default: an archive is refused.
   */
  readonly archive?: ArchiveOptions;
  /**
   * The file's digests, from whoever hashed it while writing it a moment ago: it is read and checked without being hashed
   * once more, and the digest at its end must be that of the content.
   */
  readonly known?: KnownDigests;
}

/** What else a reading is asked for. */
export interface ReadExtras {
  /** For a comparison with another file: keep a hash of every value that has no twin there. */
  readonly beside?: Beside;
  /** Called for every record; see `RecordVisitor`. */
  readonly visit?: (record: KeyRecord, page: number, element: number) => void;
}

/** A verified snapshot, still open. Must be closed. */
export class ReadSnapshot {
  constructor(
    readonly opened: OpenedSnapshot,
    readonly layout: Layout,
    readonly scanned: Scan,
    readonly census: ObjectCensus,
    private readonly reader: RecordReader,
  ) {}

  /** A record, read again by its place. Its bytes may be used until the next one is read. */
  record(page: number, element: number): KeyRecord {
    return this.reader.read(page, element);
  }

  /** The name of the key of a record read by {@link record}. */
  name(record: KeyRecord): ObjectName {
    return nameRecord(record);
  }

  /** @throws ReadError when the file was changed since it was opened: what was read again may be something else. */
  checkUnchanged(): void {
    this.opened.file.checkUnchanged();
  }

  close(): void {
    this.opened.file.close();
  }
}

/** Opens, unpacks and verifies a snapshot, and gathers its objects. */
export function* readSnapshot(
  path: string,
  options: ReadOptions = {},
  extras: ReadExtras = {},
): Generator<Progress, ReadSnapshot | Problem> {
  const opened = yield* openSnapshot(path, options.archive);
  if ("code" in opened) return opened;
  const { file } = opened;
  let read: ReadSnapshot | Problem | undefined;
  try {
    read = yield* readOpened(opened, options, extras);
    return read;
  } finally {
    if (!(read instanceof ReadSnapshot)) file.close();
  }
}

function* readOpened(
  opened: OpenedSnapshot,
  options: ReadOptions,
  { beside, visit }: ReadExtras,
): Generator<Progress, ReadSnapshot | Problem> {
  const { file } = opened;
  const layout = readLayout(file, options.allowUnhashed === true);
  if ("code" in layout) return layout;
  const census = new ObjectCensus(beside !== undefined);
  const visitBoth = (record: KeyRecord, page: number, element: number) => {
    census.visit(record, page, element);
    visit?.(record, page, element);
  };
  const scanned = yield* scan(file, layout, visit === undefined ? census.visit : visitBoth, {
    ...(options.known === undefined ? {} : { known: options.known }),
    ...(beside === undefined ? {} : { beside }),
  });
  if ("code" in scanned) return scanned;
  const reader = new RecordReader(file, layout.meta.pageSize, scanned.inlineKeys);
  return new ReadSnapshot(opened, layout, scanned, census, reader);
}
