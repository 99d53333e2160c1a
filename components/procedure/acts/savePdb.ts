import type { Act } from "../act";

/** Writes the budget as it is into the ledger; from there it is put back. */
export const savePdb: Act = async ({ substrate, ledger, say }) => {
  const budget = (await substrate.budget?.read()) ?? "";
  await ledger.keep(["staged"], { budget });
  say(budget === "" ? "there is no budget" : "the budget is in the ledger");
  return {};
};
