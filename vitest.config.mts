import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** One vitest project a tier; `test/all.ts` runs them in this order and provides what each needs. */
const tier = (name: string, testTimeout: number, serial = false) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: testTimeout,
    fileParallelism: !serial,
  },
});

/** Files of test/lab that take long, the longest first: one that begins late would be waited for by all others. */
const long = [
  "verification",
  "restoreByCommand",
  "interruption",
  "rollback",
  "threeMachines",
  "adminRestore",
  "faults",
  "memberRepair",
  "machines",
  "schedules",
  "badInputs",
];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = long.findIndex((name) => moduleId.endsWith(`/lab/${name}.test.ts`));
      return at < 0 ? long.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    passWithNoTests: false,
    sequence: { sequencer: LongFirst },
    projects: [
      tier("unit", 10_000),
      tier("graph", 60_000),
      tier("shell", 20_000),
      tier("etcd", 120_000),
      tier("engine", 600_000, true),
      tier("lab", 1_200_000),
      tier("nightly", 1_200_000),
    ],
  },
});
