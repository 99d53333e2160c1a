import { LEDGER_FORMAT, type LedgerRecord } from "../../../components/procedure/ledgerRecord";

export const advice = { lookAtLedger: () => "Look.", twoWaysOut: "Two ways out." };

export const record = (change: Partial<LedgerRecord> = {}): LedgerRecord => ({
  format: LEDGER_FORMAT,
  id: "r1",
  kind: "restore",
  phase: "open",
  holder: "op@ws",
  times: { open: "2026-01-01T00:00:00Z" },
  names: "{}",
  reach: { nodes: "kube-etcd-0=node-a" },
  ...change,
});
