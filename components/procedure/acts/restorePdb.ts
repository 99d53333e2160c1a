import type { Act, ActContext } from "../act";
import { errorOf, failed } from "../refusal";
import { warned } from "./warnings";

/** Puts the budget back as it was found, and compares it field by field. */
export const restorePdb: Act = async (context) => {
  const { budget = "" } = await context.ledger.require("committed");
  const warnings = await putBudgetBack(context, budget);
  const differences = budget === "" ? [] : ((await context.substrate.budget?.differences(budget)) ?? []);
  if (differences.length > 0) {
    throw errorOf(
      failed(
        "budget-other",
        differences.join("; "),
        `${context.substrate.advice.removeBudget()}; 'pulumi up' puts back the recorded one.`,
      ),
    );
  }
  context.say(budget === "" ? "there was no budget" : "the budget is as it was found");
  return warned(context, warnings);
};

/** Creates the budget where there is none. @param saved "" when there was none. @returns warnings */
export async function putBudgetBack(
  { substrate: { budget } }: Pick<ActContext, "substrate">,
  saved: string,
): Promise<readonly string[]> {
  if (budget === undefined) return [];
  if (saved !== "") {
    await budget.restore(saved);
    return [];
  }
  const made = (await budget.read()) !== "";
  return made ? ["a PodDisruptionBudget was made by somebody else during the restore"] : [];
}
