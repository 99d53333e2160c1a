import type { KeyRecord } from "./mvcc/keyRecord";

/** The core group keeps namespaces under `<prefix>/namespaces/`, whatever prefix the API server was given. */
const KEY = /^\/(.+)\/namespaces\/kube-system$/;
const ENDING = Buffer.from("/namespaces/kube-system");
const USUAL_PREFIX = "registry";
/** More prefixes than API servers share an etcd. */
const KEPT = 16;

interface Candidate {
  readonly prefix: string;
  readonly entry: number;
  readonly uid: string;
}

/**
 * The namespace kube-system, whose uid is the identity of a cluster. Only objects of core/v1 may be noted: a custom
 * resource may have the same kind and name. Of several, under several prefixes, the one under `/registry` counts, else
 * the one with the shortest prefix.
 */
export class KubeSystem {
  private candidates: Candidate[] = [];

  /** Whether a record's key may be that of the namespace. */
  static isKey({ bytes, keyStart, keyEnd }: KeyRecord): boolean {
    const start = keyEnd - ENDING.length;
    // one byte tells nearly all others apart
    if (start < keyStart || bytes[start] !== ENDING[0] || bytes[keyEnd - 1] !== ENDING.at(-1)) return false;
    return bytes.compare(ENDING, 0, ENDING.length, start, keyEnd) === 0;
  }

  /** Takes note of the newest value of a key yet; without a uid it is not the namespace, or not any more. */
  note(key: string, entry: number, uid: string | undefined): void {
    const prefix = KEY.exec(key)?.[1];
    if (prefix === undefined) return;
    const others = this.candidates.filter((candidate) => candidate.entry !== entry);
    const all = uid === undefined ? others : [...others, { prefix, entry, uid }];
    this.candidates = all.sort(byRank).slice(0, KEPT);
  }

  /** @param isNamespace whether the newest value of an entry is a Namespace of core/v1. */
  uid(isNamespace: (entry: number) => boolean): string | undefined {
    return this.candidates.find(({ entry }) => isNamespace(entry))?.uid;
  }
}

function byRank(a: Candidate, b: Candidate): number {
  return rank(a) - rank(b) || (a.prefix < b.prefix ? -1 : 1);
}

function rank({ prefix }: Candidate): number {
  if (prefix === USUAL_PREFIX) return 0;
  // `<prefix>/<group>`, where custom resources lie
  const isGroup = prefix.split("/").slice(1).at(-1)?.includes(".") === true;
  return prefix.length + (isGroup ? 1_000_000_000 : 0);
}
