import type { Phase } from "../phase";

const day = 24 * 60;

/** How all members get the data that they start with; the rows between the guard and the last look. */
export function staging(source: "bind-snapshot" | "locate-previous"): readonly Phase[] {
  return [
    {
      act: source,
      where: "operator",
      from: ["open"],
      bySnapshot: true,
      request: true,
      gate:
        source === "bind-snapshot"
          ? "same cluster, fitting version and keys; digest and revision bump are in the ledger"
          : "one member's previous data is chosen; its digest and the revision bump are in the ledger",
      minutes: source === "bind-snapshot" ? 10 : 60,
    },
    {
      act: "transfer",
      where: "member",
      group: "StagedMember",
      from: ["open"],
      bySnapshot: true,
      request: true,
      effect: { kind: "stage" },
      gate: "the snapshot is on the volume, length and digest checked there",
      minutes: day,
    },
    {
      act: "stage",
      where: "member",
      group: "StagedMember",
      from: ["open"],
      bySnapshot: true,
      request: true,
      effect: { kind: "stage" },
      gate: "restored beside the live data, complete and durable",
      minutes: day,
    },
    {
      act: "confirm",
      where: "operator",
      from: ["open"],
      to: "staged",
      advancesItself: true,
      request: true,
      gate: "all members staged from one snapshot into one cluster; still needed; what is found is in the ledger",
      // What is staged no more is sent once more.
      minutes: day,
    },
  ];
}
