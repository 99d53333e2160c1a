import type { Phase } from "../phase";
import { commit, guard, preflight, release, utilityPods } from "./common";

/** One member beside a living quorum is replaced; no part is stopped. */
export const repair: readonly Phase[] = [
  preflight,
  utilityPods,
  guard,
  {
    act: "hold-member",
    where: "operator",
    from: ["open", "quiesced"],
    to: "quiesced",
    advancesItself: true,
    effect: { kind: "member" },
    gate: "its data is put aside, its place is blocked",
    minutes: 60,
  },
  {
    act: "replace-member",
    where: "operator",
    from: ["quiesced"],
    effect: { kind: "member" },
    gate: "etcd has forgotten its old id and has a new one",
    minutes: 10,
  },
  {
    act: "seed-member",
    where: "operator",
    from: ["quiesced"],
    effect: { kind: "member" },
    gate: "its new log is made",
    minutes: 60,
  },
  {
    act: "adopt-member",
    where: "operator",
    from: ["quiesced", "swapped"],
    to: "swapped",
    effect: { kind: "member" },
    gate: "the new log is in its place",
    minutes: 60,
  },
  {
    act: "await-member",
    where: "operator",
    from: ["swapped", "started"],
    to: "started",
    gate: "it has joined and caught up",
    minutes: 20,
  },
  {
    act: "verify-member",
    where: "operator",
    from: ["started"],
    gate: "equal hashes at one revision while clients write; it takes writes",
    minutes: 10,
  },
  commit,
  { ...release, after: ["commit"] },
];
