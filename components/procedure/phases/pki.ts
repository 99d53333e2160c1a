import type { Phase } from "../phase";

const stagePki: Phase = {
  act: "stage-pki",
  where: "member",
  group: "StagedMember",
  only: "pki",
  from: ["open"],
  bySnapshot: true,
  request: true,
  effect: { kind: "stage" },
  gate: "keys and certificates that come back fit each other and the cluster, and lie beside the member's own",
  minutes: 60,
};

const swapPki: Phase = {
  act: "swap-pki",
  where: "member",
  group: "Swap",
  only: "pki",
  from: ["swapped"],
  effect: { kind: "swapPki" },
  gate: "keys and certificates that differ are put aside, those that come back are in their place",
  minutes: 30,
};

/** The rows of an operation with those for what members keep beside their data: staged after it, swapped after it. */
export const withPki = (rows: readonly Phase[]): readonly Phase[] =>
  rows.flatMap((row) => {
    if (row.act === "stage") return [row, stagePki];
    return row.act === "swap" ? [row, swapPki] : [row];
  });
