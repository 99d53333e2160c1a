import { defineConfig } from "vitest/config";

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

export default defineConfig({
  test: {
    passWithNoTests: false,
    projects: [
      tier("unit", 10_000),
      tier("graph", 20_000),
      tier("shell", 20_000),
      tier("etcd", 120_000),
      tier("engine", 180_000, true),
      tier("lab", 600_000, true),
    ],
  },
});
