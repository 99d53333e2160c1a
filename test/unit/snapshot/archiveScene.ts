import * as fs from "node:fs";
import * as path from "node:path";
import { verifySnapshotSync } from "../../../snapshot";
import { scratchDirectory } from "../../support/testSnapshot";

/** Archives as gkectl may write them, whose layout nobody here has seen, and archives that nobody should write. */
export function archiveScene() {
  const directory = scratchDirectory();
  const file = (bytes: Buffer, name = "uc1_backup_2026-11-27T020000Z0000.tar.gz") => {
    fs.writeFileSync(path.join(directory, name), bytes);
    return path.join(directory, name);
  };
  const read = (bytes: Buffer, member?: string) =>
    verifySnapshotSync(file(bytes), { archive: member === undefined ? {} : { member } });
  const said = (bytes: Buffer, member?: string) => {
    const verdict = read(bytes, member);
    if (verdict.valid) return verdict.packed?.member ?? "not of an archive";
    const { code, message, remedy } = verdict.problem;
    return `${code}: ${message.replace(/^.*?: /, "")} ${remedy}`;
  };
  return { directory, file, read, said, remove: () => fs.rmSync(directory, { recursive: true }) };
}

/** A private key of that name. */
export const key = (name: string) => ({ name, content: Buffer.from("-----BEGIN RSA PRIVATE KEY-----\n") });
/** What lies beside a snapshot there. */
export const pki = ["pki/ca.crt", "pki/ca.key", "ssh.key"].map(key);
