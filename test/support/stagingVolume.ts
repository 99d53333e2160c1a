import { createHash } from "node:crypto";
import { memberCalls } from "../../components/member/memberCalls";
import { fakeDatabase, fakeEtcdutl } from "./fakeEtcdutl";
import { MemberVolume } from "./memberVolume";
import type { ShellKind } from "./shells";

export const sha256 = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");

/** What is restored in tests of the scripts: bytes that only their length and digests matter of. */
export const snapshot = Buffer.from(
  "a snapshot of some length, with what could be its digest at the end of it",
);
export const digest = sha256(snapshot);
/** The database that the stub of etcdutl makes of it. */
export const restored = fakeDatabase("restored", snapshot.length);

/** A volume with the live data "old", and an etcdutl that restores whatever it is given. */
export class StagingVolume extends MemberVolume {
  constructor(shell: ShellKind, id = "r1") {
    super(shell, id);
    this.fill("old");
    this.sandbox.stub("etcdutl", fakeEtcdutl({ database: restored }));
  }

  /** @param announced digest of the snapshot that is asked for; default, of what is sent */
  receive(sent = snapshot, announced = sha256(sent)) {
    const call = { id: this.id, bytes: snapshot.length, sha256: announced, codec: "none" } as const;
    return this.run(memberCalls.receive(call), sent);
  }

  stage(change: { sha256?: string; bump?: string; tool?: string } = {}) {
    return this.run(
      memberCalls.stage({
        id: this.id,
        tool: "etcdutl",
        member: "m0",
        initialCluster: "m0=http://m0:1",
        token: "token",
        peerUrl: "http://m0:1",
        bump: "1000",
        sha256: digest,
        ...change,
      }),
    );
  }

  /** A script that needs no more than the id. */
  plain(script: "state" | "staged" | "swap" | "unswap" | "clear" | "release" | "end") {
    return this.run(memberCalls[script](this.id));
  }

  /** The first line of the state. */
  phase(): string | undefined {
    return this.plain("state").stdout.split("\n")[0];
  }

  /** As a swap that was killed has left it. */
  halfSwap(when: "after the first rename" | "after both renames"): void {
    this.sh('mv "$1/member" "$2"', this.data, this.previous);
    if (when === "after both renames") this.sh('mv "$2/restored/member" "$1/member"', this.data, this.work);
  }
}
