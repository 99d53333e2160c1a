import type { Phase } from "../phase";
import { guard, preflight, utilityPods } from "./common";
import { withPki } from "./pki";
import { staging } from "./staging";
import { swapAndStart } from "./swapAndStart";

/** All members get the data that an earlier restore put aside. */
export const rollback: readonly Phase[] = withPki([
  preflight,
  utilityPods,
  guard,
  ...staging("locate-previous"),
  ...swapAndStart,
]);
