import type { Phase } from "../phase";
import { guard, preflight, utilityPods } from "./common";
import { withPki } from "./pki";
import { staging } from "./staging";
import { swapAndStart } from "./swapAndStart";

/** All members get the data of a snapshot. */
export const restore: readonly Phase[] = withPki([
  preflight,
  utilityPods,
  guard,
  ...staging("bind-snapshot"),
  ...swapAndStart,
]);
