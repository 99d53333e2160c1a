import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type BoltOptions, BoltWriter, type Pair } from "./boltWriter";
import { keyPair, protobufObject, type TestRecord } from "./etcdRecords";

/** A directory for snapshots of one test file; remove it in `afterAll`. */
export function scratchDirectory(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), "etcd-recovery-test-"));
}

/** uid of the namespace kube-system in {@link kubernetesRecords}. */
export const KUBE_SYSTEM_UID = "7c0ffee0-0000-4000-8000-000000000001";

/** What else a snapshot of a test holds. */
export interface TestSnapshot extends BoltOptions {
  readonly records: readonly TestRecord[];
  /** Further buckets, by name. */
  readonly buckets?: Readonly<Record<string, readonly Pair[]>>;
  /** Buckets to leave out. */
  readonly without?: readonly string[];
  readonly withDigest?: boolean;
}

/** Writes a snapshot; answers its path. */
export function writeSnapshot(directory: string, name: string, snapshot: TestSnapshot): string {
  const writer = new BoltWriter(path.join(directory, name), snapshot);
  const buckets: Record<string, readonly Pair[]> = {
    alarm: [],
    cluster: [[Buffer.from("clusterVersion"), Buffer.from("3.6.0")]],
    key: snapshot.records.map(keyPair),
    meta: [[Buffer.from("storageVersion"), Buffer.from("3.6.0")]],
    ...snapshot.buckets,
  };
  const names = Object.keys(buckets).filter((name) => snapshot.without?.includes(name) !== true);
  for (const bucket of names.sort()) writer.bucket(bucket, buckets[bucket] ?? []);
  return writer.close(snapshot.withDigest ?? true);
}

/** `count` ConfigMaps in the namespace `default`, one a revision from 3 on, and the namespace kube-system before them. */
export function kubernetesRecords(count: number, valueBytes = 300): TestRecord[] {
  const namespace: TestRecord = {
    revision: 2n,
    key: "/registry/namespaces/kube-system",
    value: protobufObject(
      { apiVersion: "v1", kind: "Namespace" },
      { name: "kube-system", uid: KUBE_SYSTEM_UID },
    ),
  };
  const configMaps = Array.from({ length: count }, (_, i): TestRecord => {
    const meta = {
      name: `map-${i}`,
      namespace: "default",
      padding: Buffer.alloc(valueBytes, 0x61 + (i % 26)),
    };
    return {
      revision: BigInt(3 + i),
      key: `/registry/configmaps/default/map-${i}`,
      value: protobufObject({ apiVersion: "v1", kind: "ConfigMap" }, meta),
    };
  });
  return [namespace, ...configMaps];
}
