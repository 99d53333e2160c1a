import { readFileSync } from "node:fs";

/**
 * Loaded before a program's own first line: a step whose clock is off by what the file says, in milliseconds. Only steps:
 * the program itself refuses a kubeconfig whose certificate begins in the future, and the lab's are minutes old.
 */
const difference = Number(readFileSync(process.env.SHIFTED_CLOCK ?? "", "utf8"));

if (process.argv[1]?.endsWith("etcd-recovery-step.js") === true) {
  globalThis.Date = new Proxy(Date, {
    construct: (real, given, target) =>
      Reflect.construct(real, given.length === 0 ? [real.now() + difference] : given, target),
    get: (real, key) => (key === "now" ? () => real.now() + difference : Reflect.get(real, key)),
  });
}
