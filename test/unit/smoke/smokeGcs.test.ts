import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Attack, Attacked } from "../../../store/gcsAttack";
import type { Store } from "../../../store/store";
import { StoreError } from "../../../store/storeError";
import { type SmokeVault, smokeGcs } from "../../smoke/smokeGcs";
import { MemoryStore } from "../../support/memoryStore";

const denied = () => Promise.reject(new StoreError("denied", "uploader may not do it."));

/** A vault as it should be, in memory. */
class FakeVault implements SmokeVault {
  readonly own = new MemoryStore();
  readonly calls: string[] = [];
  readonly afterwards = "what was made: remove it";
  uploader: Store;
  open: readonly Attack[] = [];
  /** So many uploads come before the right is known. */
  unknownFor = 1;
  waited = 0;

  constructor() {
    this.uploader = {
      location: this.own.location,
      address: (key) => this.own.address(key),
      list: denied,
      read: () => Readable.from([]),
      remove: denied,
      writeOnce: async (key, content) => {
        if (this.unknownFor-- > 0) return denied();
        return this.own.writeOnce(key, content);
      },
    };
  }
  async up() {
    this.calls.push("up");
  }
  async attack(): Promise<Attacked> {
    this.calls.push("attack");
    const all = ["overwrite", "shorten-retention", "delete"] as const;
    const attempts = all.map((attack) => ({ attack, isRefused: !this.open.includes(attack), sentence: "" }));
    return { object: "gs://x/probe/1", attempts };
  }
  async destroy() {
    this.calls.push("destroy");
    return ["the key ring"];
  }
  async wait() {
    this.waited += 1;
  }
}

const run = async (change: (vault: FakeVault) => void = () => undefined) => {
  const vault = new FakeVault();
  change(vault);
  const report = await smokeGcs(vault, () => undefined);
  const failed = report.steps.filter(({ ok }) => !ok).map(({ step, sentence }) => `${step}: ${sentence}`);
  return { vault, report, failed, steps: report.steps.map(({ step }) => step) };
};

describe("a smoke test", () => {
  it("makes, stores, reads back, is refused what must be, and removes; it waits for rights that are new", async () => {
    const { vault, report, steps } = await run((one) => {
      one.unknownFor = 3;
    });
    expect(steps).toEqual(["up", "upload", "read", "list by the uploader", "attack", "destroy"]);
    expect([report.ok, report.left, vault.waited]).toEqual([true, ["the key ring"], 3]);
  });

  it.each<[string, (vault: FakeVault) => void, RegExp]>([
    [
      "an attack that was carried out",
      (vault) => {
        vault.open = ["delete"];
      },
      /^attack: carried out by the uploader: delete$/,
    ],
    [
      "an uploader that can list",
      (vault) => {
        vault.uploader = { ...vault.uploader, list: async () => [] };
      },
      /^list by the uploader: memory:: the uploader can list it$/,
    ],
    [
      "a right that never comes",
      (vault) => {
        vault.unknownFor = Number.POSITIVE_INFINITY;
      },
      /^upload: uploader may not do it/,
    ],
    [
      "a byte that came back another",
      (vault) => {
        const { own } = vault;
        own.read = ((read) => (key: string) => {
          if (!key.endsWith(".db")) return read.call(own, key);
          return Readable.from([Buffer.from("smoke test of a vault: NO snapshot of any cluster\n")], {
            objectMode: false,
          });
        })(own.read);
      },
      /^read: snapshot\.db has SHA-256 /,
    ],
    [
      "an upload that is not there",
      (vault) => {
        vault.own.list = async () => [];
      },
      /^read: memory:: the backup is not there/,
    ],
    [
      "a vault that is not made",
      (vault) => {
        vault.up = () => Promise.reject(new Error("quota"));
      },
      /^up: quota$/,
    ],
  ])("fails on %s, and removes the vault all the same", async (_, change, sentence) => {
    const { vault, report, failed } = await run(change);
    expect(failed).toEqual([expect.stringMatching(sentence)]);
    expect(vault.calls.at(-1)).toBe("destroy");
    expect(report).toMatchObject({ ok: false, left: ["the key ring"] });
  });

  it("waits for rights alone: another failure of the upload is one at once", async () => {
    const { vault, failed } = await run((one) => {
      one.uploader = {
        ...one.uploader,
        writeOnce: () => Promise.reject(new StoreError("missing", "no such bucket.")),
      };
    });
    expect([failed, vault.waited]).toEqual([["upload: no such bucket."], 0]);
  });

  it("that cannot remove it says how a person does", async () => {
    const { report, failed } = await run((vault) => {
      vault.destroy = () => Promise.reject(new Error("denied"));
    });
    expect(failed).toEqual(["destroy: denied"]);
    expect(report).toMatchObject({ ok: false, left: ["what was made: remove it"] });
  });
});
