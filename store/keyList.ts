import { UserError } from "../components/errors";
import { AGE_ENDING, decrypted } from "./age/decrypted";
import type { AgeIdentities } from "./age/identities";
import type { AgeRecipients } from "./age/recipients";
import type { CompleteBackup } from "./backups";
import { pack, unpack } from "./compress";
import { bytesContent, bytesOf, type Content } from "./content";
import { keysNamed } from "./manifest";
import { digestOf } from "./sameBytes";
import type { Store } from "./store";
import { StoreError } from "./storeError";

/** A key of etcd in a backup: its name and when it was last written, nothing of its value but the kind. */
export interface BackupKey {
  /** Empty for a key that is no Kubernetes object. */
  readonly kind: string;
  readonly key: string;
  /** In decimal. */
  readonly revision: string;
}

/** The same as a reader of snapshots has it. */
export type ListedKey = Omit<BackupKey, "revision"> & { readonly revision: bigint | string };

/** What the manifest says of the list. */
export interface KeyListFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Its first line; a later format has another. */
const HEAD = "etcd-recovery keys 1";
/** Far more than the keys of the largest etcd, packed. */
const LIMIT = 256 << 20;
/** Lines that are made into bytes together: of millions, neither the lines nor one text of all are kept. */
const LINES = 10_000;

/**
 * The keys of a backup as the small file beside its snapshot: a line each, with kind, key and revision, packed.
 *
 * @param recipients whom it is encrypted to; default nobody
 */
export async function keyList(
  keys: Iterable<ListedKey>,
  recipients?: AgeRecipients,
): Promise<{ file: KeyListFile; content: Content }> {
  const { bytes: packed, ending } = await pack(linesOf(keys));
  const plain = bytesContent(packed).open() as AsyncIterable<Buffer>;
  const bytes = recipients === undefined ? packed : await bytesOf(recipients.encrypt(plain), LIMIT);
  const content = bytesContent(bytes);
  const sha256 = await digestOf(content.open());
  const file = `keys.${ending}${recipients === undefined ? "" : AGE_ENDING}`;
  return { file: { file, bytes: bytes.length, sha256 }, content };
}

function linesOf(keys: Iterable<ListedKey>): Buffer {
  const parts: Buffer[] = [];
  let lines = [HEAD];
  const end = () => {
    parts.push(Buffer.from(`${lines.join("\n")}\n`));
    lines = [];
  };
  for (const { kind, key, revision } of keys) {
    // a key may be any bytes: JSON keeps them on one line
    lines.push(`${revision}\t${kind}\t${JSON.stringify(key)}`);
    if (lines.length === LINES) end();
  }
  if (lines.length > 0) end();
  return Buffer.concat(parts);
}

/**
 * The keys of a backup; none where it has no list of them, as backups of earlier versions of this program
 * ({@link hasKeyList}).
 *
 * @param identities for one that is encrypted. @throws StoreError when the list is not what the manifest says; UserError
 */
export async function* readKeyList(
  store: Store,
  backup: CompleteBackup,
  identities?: AgeIdentities,
): AsyncGenerator<BackupKey> {
  const named = keysNamed(backup.manifest);
  if (named === undefined) return;
  const address = store.address(`${backup.key}/${named.file}`);
  const damaged = (why: string) =>
    new StoreError(
      "corrupt",
      `${address}: ${why}.`,
      `etcd-recovery catalog verify --store '${store.location}'`,
    );
  const bytes = await bytesOf(store.read(`${backup.key}/${named.file}`), LIMIT).catch((error) => {
    throw error instanceof RangeError ? damaged("is far too long") : error;
  });
  const content = bytesContent(bytes);
  if ((await digestOf(content.open())) !== named.sha256) throw damaged("is not what its manifest says");
  const packed = await bytesOf(decrypted(store, backup, content.open(), identities), LIMIT).catch((error) =>
    Promise.reject(error instanceof UserError ? error : damaged((error as Error).message)),
  );
  yield* parse(await unpack(packed).catch(() => Promise.reject(damaged("cannot be unpacked"))), damaged);
}

function* parse(bytes: Buffer, damaged: (why: string) => Error): Generator<BackupKey> {
  let at = bytes.indexOf(10);
  if (bytes.toString("utf8", 0, at) !== HEAD) throw damaged("is of a newer version of this program");
  for (let end = bytes.indexOf(10, at + 1); end >= 0; end = bytes.indexOf(10, at + 1)) {
    const [revision = "", kind = "", key = '""'] = bytes.toString("utf8", at + 1, end).split("\t");
    yield { kind, key: JSON.parse(key) as string, revision };
    at = end;
  }
}

/** Whether a backup has a list of its keys. */
export const hasKeyList = ({ manifest }: CompleteBackup): boolean => keysNamed(manifest) !== undefined;
