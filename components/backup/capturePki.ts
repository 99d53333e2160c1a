import { createHash, X509Certificate } from "node:crypto";
import { open, rename } from "node:fs/promises";
import { bytesOf } from "../../store/content";
import type { Certificate, PkiBundle } from "../../store/manifest";
import { errorOf, failed } from "../procedure/refusal";
import type { BackupSource } from "./backupSource";
import type { CaptureTask } from "./captureBackup";
import type { Captured, CapturedFacts } from "./captured";
import { encrypterTo } from "./encrypted";
import { warningsOf } from "./expiry";
import type { PkiSource } from "./pkiSource";

/** Larger than any control plane's keys and manifests, in bytes: a bundle is encrypted in memory. */
const BUNDLE_LIMIT = 64 << 20;

type Say = (line: string) => void;
type Source = Pick<BackupSource, "members"> & { readonly pki: PkiSource };

/**
 * Takes keys, certificates and configuration of every machine: each a tar that is encrypted before a byte of it touches a
 * disk of ours.
 *
 * @throws UserError when no recipient is given; FailedError when a machine's bundle did not come whole
 */
export async function capturePki(
  { members, pki }: Source,
  captured: Captured,
  { recipients = [] }: Pick<CaptureTask, "recipients">,
  say: Say,
): Promise<NonNullable<CapturedFacts["pki"]>> {
  if (recipients.length === 0) {
    const what =
      "backup.recipients: keys of a control plane are stored encrypted alone, and nobody is named for whom";
    throw errorOf(
      failed("backup-recipients", what, "pulumi config set --path 'backup.recipients[0]' age1..."),
    );
  }
  const encrypt = await encrypterTo(recipients);
  const taken = await Promise.all(
    members.map(async ({ name }) => ({
      bundle: await bundleOf(pki, name, { captured, encrypt, say }),
      certificates: certificatesOf(name, await pki.certificates(name)),
    })),
  );
  const certificates = taken.flatMap((one) => one.certificates);
  for (const warning of warningsOf(certificates, new Date())) say(warning);
  return { bundles: taken.map(({ bundle }) => bundle), certificates };
}

async function bundleOf(
  pki: PkiSource,
  machine: string,
  {
    captured,
    encrypt,
    say,
  }: {
    readonly captured: Captured;
    readonly encrypt: (bytes: Uint8Array) => Promise<Buffer>;
    readonly say: Say;
  },
): Promise<PkiBundle> {
  const file = `pki-${machine}.tar.age`;
  const tar = await bytesOf(await pki.bundle(machine), BUNDLE_LIMIT).catch((error: Error) => {
    const sentence = `machine ${machine}: its keys and certificates did not come whole: ${error.message}`;
    throw errorOf(failed("backup-pki", sentence, "'pulumi up' tries again."));
  });
  const unfit = pki.unfit(machine, tar);
  if (unfit !== undefined)
    say(
      `warning: machine ${machine}: its keys are in the backup, but a restore would not put them back: ${unfit}`,
    );
  const sealed = await encrypt(tar);
  await keep(captured.fileOf(file), sealed);
  return { machine, file, plain: digestOf(tar), stored: digestOf(sealed) };
}

/** Whole or not at all. */
async function keep(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(`${path}.part`, "w", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
}

const digestOf = (bytes: Uint8Array) => ({
  bytes: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
});

/** Of every file the first certificate: what follows in it is its chain. A file that holds none is passed over. */
export function certificatesOf(machine: string, texts: ReadonlyMap<string, string>): readonly Certificate[] {
  return [...texts].flatMap(([path, text]) => {
    const known = certificateIn(text);
    if (known === undefined) return [];
    const fingerprint = known.fingerprint256.replaceAll(":", "").toLowerCase();
    const subject = known.subject.split("\n").join(", ");
    const notAfter = new Date(known.validTo).toISOString();
    return [{ machine, path, subject, notAfter, fingerprint }];
  });
}

function certificateIn(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}
