import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import type { BackupSource } from "../../../components/backup/backupSource";
import { FakeSubstrate } from "../../support/fakeSubstrate";

/** A cluster to back up, in memory: its snapshot is a file of the test's. */
export class FakeSource implements BackupSource {
  readonly substrate: FakeSubstrate;
  readonly place = "uc1";
  readonly look = "look at the members";
  /** Answers of the user cluster; undefined: it is silent. */
  uid: string | undefined;
  user: BackupSource["user"] = {
    clusterUid: () => (this.uid === undefined ? this.silence() : Promise.resolve(this.uid)),
    version: () => (this.uid === undefined ? this.silence() : Promise.resolve("v1.33.1")),
  };
  /** What each read of the snapshot gives, one after the other; the last one again and again. */
  streams: (() => Readable)[];
  /** Files beside the members, "MEMBER PATH". */
  readonly files = new Set<string>();
  closed = 0;

  constructor(snapshot: string, members = 3) {
    this.substrate = new FakeSubstrate({ members });
    this.streams = [() => Readable.from([readFileSync(snapshot)])];
    this.etcd.on(/^snapshot save/, (member, [, , path = ""]) => {
      this.files.add(`${member} ${path}`);
      return "saved";
    });
  }

  get members() {
    return this.substrate.members;
  }

  get etcd() {
    return this.substrate.etcd;
  }

  read(member: string, path: string): Readable {
    if (!this.files.has(`${member} ${path}`)) throw new Error(`no file ${path} beside ${member}`);
    const [next, ...later] = this.streams;
    if (later.length > 0) this.streams = later;
    return next?.() ?? Readable.from([]);
  }

  async remove(member: string, paths: readonly string[]): Promise<void> {
    for (const path of paths) this.files.delete(`${member} ${path}`);
  }

  close(): void {
    this.closed += 1;
  }

  private silence(): Promise<never> {
    return Promise.reject(new Error("no answer from https://uc1 within 20 s"));
  }
}
