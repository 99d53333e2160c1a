import type { Phase } from "../phase";

export const preflight: Phase = {
  act: "preflight",
  where: "operator",
  after: [],
  request: true,
  gate: "rights, volumes, versions, keys, need; this id is new; no other restore is open",
  minutes: 5,
};
export const utilityPods: Phase = {
  act: "utility",
  where: "member",
  resource: true,
  gate: "something that can work on the member's volume",
  minutes: 5,
};
export const guard: Phase = {
  act: "guard",
  where: "operator",
  request: true,
  from: ["open"],
  to: "open",
  gate: "the lock is ours, the ledger is written; its deletion undoes",
  // What undoes may wait for minutes each: for what works on the volumes, for servers to end, for servers to start.
  minutes: 60,
};
export const commit: Phase = {
  act: "commit",
  where: "operator",
  from: ["started"],
  to: "committed",
  advancesItself: true,
  gate: "from here nothing goes back by itself",
  minutes: 5,
};
export const release: Phase = {
  act: "release",
  where: "operator",
  group: "Return",
  from: ["committed"],
  to: "finished",
  advancesItself: true,
  gate: "all as found; nothing of ours is left; the previous data stays",
  minutes: 30,
};
