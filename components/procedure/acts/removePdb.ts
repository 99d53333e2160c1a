import type { Act } from "../act";
import { errorOf, failed } from "../refusal";

/** Removes the budget that was saved. With it, nothing could be stopped on a busy machine. */
export const removePdb: Act = async ({ substrate, ledger, say }) => {
  const { budget } = await ledger.require("quiesced");
  if (budget === undefined) {
    throw errorOf(
      failed("budget-unsaved", `the ledger ${ledger.place} has no budget: it was not saved`, "pulumi up"),
    );
  }
  if (budget === "") {
    say("there was no budget");
    return {};
  }
  await substrate.budget?.remove(budget, ledger.permit("quiesced"));
  say("the budget is removed; it is in the ledger");
  return {};
};
