import type { MemberRepair, Seed } from "../../../components/procedure/memberRepair";
import type { Permit } from "../../../components/procedure/substrate";
import type { Calls } from "./calls";

/** A member's own instance in memory, and the seed in it. */
export class FakeRepair implements MemberRepair {
  /** Seeds of the present instance. */
  seeds: Seed[] = [];
  ended = false;
  said = "its last words";

  constructor(private readonly calls: Calls) {}

  async endInstance(member: string, permit: Permit, held?: "held"): Promise<void> {
    await permit();
    const kept = held === undefined ? "" : ` ${held}`;
    return this.calls.make(`repair.endInstance ${member}${kept}`, () => {
      this.seeds = [];
    });
  }

  awaitInstance(member: string): Promise<void> {
    return this.calls.make(`repair.awaitInstance ${member}`, () => undefined);
  }

  hasSeed(member: string): Promise<boolean> {
    return this.calls.make(`repair.hasSeed ${member}`, () => this.seeds.length > 0);
  }

  async startSeed(member: string, seed: Seed, permit: Permit): Promise<void> {
    await permit();
    return this.calls.make(`repair.startSeed ${member} ${seed.directory} ${seed.initialCluster}`, () => {
      this.seeds.push(seed);
    });
  }

  seedEnded(member: string): Promise<boolean> {
    return this.calls.make(`repair.seedEnded ${member}`, () => this.ended);
  }

  seedSaid(member: string): Promise<string> {
    return this.calls.make(`repair.seedSaid ${member}`, () => this.said);
  }
}
