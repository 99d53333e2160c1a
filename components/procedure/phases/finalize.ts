import type { Phase } from "../phase";
import { preflight, release, utilityPods } from "./common";

/** Of an operation that opens no ledger. */
const releaseOnly: Phase = {
  act: "release",
  where: "operator",
  request: true,
  gate: release.gate,
  minutes: release.minutes,
};

const removePrevious: Phase = {
  act: "remove-previous",
  where: "operator",
  request: true,
  gate: "etcd is healthy; what the named restore put aside is gone from every volume",
  minutes: 60,
};

/** What an earlier restore put aside is removed. */
export const finalize: readonly Phase[] = [preflight, utilityPods, removePrevious, releaseOnly];
