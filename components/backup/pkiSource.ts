import type { Readable } from "node:stream";

/** What makes a machine a control plane beside etcd's data. */
export interface PkiSource {
  /** A tar of it, modes and owners kept, as it comes. It holds private keys. Fails when it ends before its end. */
  bundle(member: string): Promise<Readable>;
  /** Why a restore would not take this bundle; undefined where it would. */
  unfit(member: string, bundle: Buffer): string | undefined;
  /** PEM text of the certificates by their paths on the machine. */
  certificates(member: string): Promise<ReadonlyMap<string, string>>;
}
