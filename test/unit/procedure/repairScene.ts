import type { ListedMember } from "../../../components/procedure/judgements/memberList";
import type { LedgerRecord } from "../../../components/procedure/ledgerRecord";
import type { Request } from "../../../components/procedure/request";
import { type FakeContext, FakeSubstrate, fakeContext, fakeRecord } from "../../support/fakeSubstrate";
import { FakeRepair } from "../../support/fakes/repair";

export const bad = "kube-etcd-1";
export const peerUrl = `https://${bad}.kube-etcd:2380`;

/** A fake cluster whose member kube-etcd-1 is bad, with a list of members that can be changed as etcd's own. */
export class RepairFake {
  readonly substrate = new FakeSubstrate();
  readonly repair = new FakeRepair(this.substrate.calls);
  list: ListedMember[];

  constructor() {
    const { substrate } = this;
    substrate.repair = this.repair;
    this.list = substrate.members.map(({ name, peerUrl: peerUrls }, n) => ({
      ...{ id: `${n + 1}`.repeat(3), status: "started", name, peerUrls, learner: false },
    }));
    substrate.etcd.member(bad).silent = true;
    substrate.etcd.on(/^member list/, (member) =>
      substrate.etcd.answers(member) ? this.printed() : undefined,
    );
    substrate.etcd.on(/^member remove/, (_, [, , id]) => {
      this.list = this.list.filter((listed) => listed.id !== id);
      return "removed";
    });
    substrate.etcd.on(/^member add/, (_, [, , , flag = ""]) => {
      const peerUrls = flag.replace("--peer-urls=", "");
      this.list.push({ id: "abc", status: "unstarted", name: "", peerUrls, learner: false });
      return "added";
    });
    substrate.etcd.on(/^endpoint health/, () => this.health());
    const values = new Map<string, string>();
    substrate.etcd.on(/^put /, (_, [, key = "", value = ""]) => {
      values.set(key, value);
      return "OK";
    });
    substrate.etcd.on(/^get /, (_, [, key = ""]) => `${values.get(key) ?? ""}\n`);
  }

  /** The bad member's old id is out of the list, and its new one in it, not started yet. */
  replace(): void {
    this.list = this.list.filter(({ id }) => id !== "222");
    this.list.push({ id: "abc", status: "unstarted", name: "", peerUrls: peerUrl, learner: false });
  }

  /** The bad member has joined under its new id, as an etcd of a new log does. */
  join(): void {
    this.list = this.list.map((listed) =>
      listed.id === "abc" ? { ...listed, status: "started", name: bad } : listed,
    );
    const volume = this.substrate.volumes.volume(bad);
    volume.live = { clusterId: 1n, revision: 1000n };
    this.substrate.etcd.member(bad).silent = false;
  }

  context(request: Request = {}): FakeContext {
    return fakeContext(this.substrate, { operation: "repair", request: { repair: bad, ...request } });
  }

  /** A ledger of this repair. */
  open(changes: Partial<LedgerRecord>): void {
    const kind = "repair" as const;
    const own = { kind, member: bad, oldMember: "222", peerUrl };
    this.substrate.setRecord(fakeRecord(this.substrate, { ...own, ...changes }));
  }

  private printed(): string {
    return this.list
      .map(({ id, status, name, peerUrls }) => `${id}, ${status}, ${name}, ${peerUrls}, , false`)
      .join("\n");
  }

  private health() {
    return this.substrate.etcd.answers(bad) ? "healthy" : { code: 1, stdout: "", stderr: "unhealthy" };
  }
}
