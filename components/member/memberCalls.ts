import type { MemberCall } from "./memberCall";
import type { MemberScript } from "./memberScripts";

/** What packs a stream; both ends must know it. */
export type Codec = "none" | "gzip" | "zstd";

/** What a volume is told of the snapshot that it gets. */
export interface AnnouncedSnapshot {
  readonly bytes: number;
  /** Of the whole file, in hex. */
  readonly sha256: string;
}

/** Names and numbers that a member is restored with. */
export interface StageArgs {
  readonly id: string;
  /** `etcdutl`, `etcdctl`, or the path that {@link memberCalls.receiveTool} answered. */
  readonly tool: string;
  readonly member: string;
  readonly initialCluster: string;
  readonly token: string;
  readonly peerUrl: string;
  /** Decimal; the same for all members. */
  readonly bump: string;
  /** Of the snapshot that is meant. */
  readonly sha256: string;
}

/** A script that needs nothing but the id. */
const plain =
  (script: MemberScript) =>
  (id: string): MemberCall => ({ script, argv: [id] });

/** One call for each script; what each does and answers is at the head of its file. */
export const memberCalls = {
  /** Process 1 of a utility Pod. @param mode `revived`: work is left although the volume is swapped or undone */
  main: (id: string, mode?: "revived"): MemberCall => ({
    script: "main",
    argv: mode === undefined ? [id] : [id, mode],
  }),
  state: plain("state"),
  clear: plain("clear"),
  release: plain("release"),
  end: plain("end"),

  /**
   * Standard input is the snapshot.
   *
   * @param args end: the snapshot's last 32 bytes in hex, when they are a digest of all before
   */
  receive: ({
    id,
    bytes,
    sha256,
    codec,
    end,
  }: AnnouncedSnapshot & {
    readonly id: string;
    readonly codec: Codec;
    readonly end?: string | undefined;
  }): MemberCall => ({
    script: "receive",
    argv: [id, String(bytes), sha256, codec, ...(end === undefined ? [] : [end])],
  }),

  /** Standard input is a static etcdutl. */
  receiveTool: ({ id, bytes, sha256 }: AnnouncedSnapshot & { readonly id: string }): MemberCall => ({
    script: "receive-tool",
    argv: [id, String(bytes), sha256],
  }),

  /** @param args from: id of the restore that put it aside */
  previous: ({ id, from }: { readonly id: string; readonly from: string }): MemberCall => ({
    script: "previous",
    argv: [id, from],
  }),

  /** Standard output is the database, packed. */
  sendPrevious: ({
    id,
    from,
    codec,
  }: {
    readonly id: string;
    readonly from: string;
    readonly codec: Codec;
  }): MemberCall => ({ script: "send-previous", argv: [id, from, codec] }),

  copyPrevious: ({
    id,
    from,
    bytes,
    sha256,
  }: AnnouncedSnapshot & { readonly id: string; readonly from: string }): MemberCall => ({
    script: "copy-previous",
    argv: [id, from, String(bytes), sha256, "none"],
  }),

  stage: (args: StageArgs): MemberCall => ({
    script: "stage",
    argv: [
      ...[args.id, args.tool, args.member, args.initialCluster],
      ...[args.token, args.peerUrl, args.bump, args.sha256],
    ],
  }),
  staged: plain("staged"),
  /** @param staged what the ledger names; where it names nothing, whatever is staged is swapped */
  swap: (id: string, staged: { readonly sha256?: string; readonly bump?: string } = {}): MemberCall => ({
    script: "swap",
    argv: [id, ...(staged.sha256 ? [staged.sha256, ...(staged.bump ? [staged.bump] : [])] : [])],
  }),
  unswap: plain("unswap"),
  finalize: ({ id, from }: { readonly id: string; readonly from: string }): MemberCall => ({
    script: "finalize",
    argv: [id, from],
  }),

  hold: plain("hold"),
  seeded: plain("seeded"),
  adopt: plain("adopt"),
  unhold: plain("unhold"),
} as const;
