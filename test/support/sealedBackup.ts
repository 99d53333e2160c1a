import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readSnapshotFacts } from "../../components/admission/snapshotFacts";
import { AgeRecipients } from "../../store/age/recipients";
import { pack } from "../../store/compress";
import { bytesContent, type Content } from "../../store/content";
import { putBackup } from "../../store/putBackup";
import type { Store } from "../../store/store";
import { newManifest, type TestBackup } from "./storedBackups";

/** What a test says of a backup that can be restored. */
export interface SealedTestBackup extends TestBackup {
  /** age recipients; none: it is packed and not encrypted. */
  readonly recipients?: readonly string[];
  /** Machines, each with a bundle of keys that nobody opens. */
  readonly machines?: readonly string[];
  /** Default true. */
  readonly packed?: boolean;
}

const digestOf = (bytes: Buffer) => ({
  bytes: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
});

async function sealed(bytes: Buffer, recipients: AgeRecipients): Promise<Buffer> {
  const one = async function* () {
    yield bytes;
  };
  const chunks: Buffer[] = [];
  for await (const chunk of recipients.encrypt(one())) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Stores a snapshot as the agent does: packed, and encrypted to recipients. @returns its address */
export async function putSealedBackup(store: Store, path: string, backup: SealedTestBackup): Promise<string> {
  const { recipients = [], machines = [], packed = true } = backup;
  const { sizeBytes, sha256, revision } = await readSnapshotFacts(path);
  const to = recipients.length === 0 ? undefined : await AgeRecipients.of(recipients, "recipients");
  const plain = readFileSync(path);
  const body = packed ? (await pack(plain)).bytes : plain;
  const stored = to === undefined ? body : await sealed(body, to);
  const file = `snapshot.db${packed ? ".zst" : ""}${to === undefined ? "" : ".age"}`;
  const named = newManifest({ ...backup, sha256, bytes: sizeBytes });
  const bundle = Buffer.from("a bundle");
  const bundles = machines.map((machine) => ({
    machine,
    file: `pki-${machine}.tar.age`,
    plain: digestOf(bundle),
    stored: digestOf(bundle),
  }));
  const manifest = {
    ...named,
    formatVersion: to === undefined ? 3 : 4,
    ...(to === undefined ? {} : { recipients: to.fingerprints }),
    etcd: { ...named.etcd, revision },
    snapshot: {
      file,
      encoding: packed ? "zstd" : "identity",
      plain: { bytes: sizeBytes, sha256 },
      stored: digestOf(stored),
    },
    ...(machines.length === 0 ? {} : { pki: { bundles, certificates: [] } }),
  } as Parameters<typeof putBackup>[3];
  const contents: Record<string, Content> = Object.fromEntries(
    bundles.map(({ file: name }) => [name, bytesContent(bundle)]),
  );
  return (await putBackup(store, bytesContent(stored), bytesContent(""), manifest, { bundles: contents }))
    .snapshot;
}
