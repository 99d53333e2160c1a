import { type Operation, operations } from "./arguments";
import { type Effect, type Phase, phasesOf } from "./phases";

const titles: Readonly<Record<Operation, string>> = {
  restore: "A restore from a snapshot",
  rollback: "A roll-back to what an earlier restore put aside",
  repair: "The repair of one member beside a living quorum",
  finalize: "The removal of previous data",
};

/** The table of phases as a page of the documentation: Markdown, one section an operation. */
export function phaseTable(): string {
  return `${operations.map((operation) => section(titles[operation], phasesOf[operation])).join("\n\n")}\n`;
}

function section(title: string, phases: readonly Phase[]): string {
  const head = "| act | runs | ledger | done means | undone by | longest |\n|---|---|---|---|---|---|";
  return `## ${title}\n\n${head}\n${phases.map(row).join("\n")}`;
}

const extras = { pki: ", where keys are restored too", quarantine: ", with a quarantine" } as const;

function row(phase: Phase): string {
  const only = phase.only === undefined ? "" : extras[phase.only];
  const where = `${phase.where === "member" ? "for each member" : "once"}${only}`;
  const cells = [
    `\`${phase.act}\``,
    where,
    ledgerCell(phase),
    phase.gate,
    undoCell(phase.effect),
    time(phase.minutes),
  ];
  return `| ${cells.join(" | ")} |`;
}

function ledgerCell({ from = [], to, mark }: Phase): string {
  if (to !== undefined) {
    const before = from.filter((phase) => phase !== to);
    return before.length === 0 ? `→ \`${to}\`` : `${before.map(code).join(", ")} → \`${to}\``;
  }
  const at = from.map(code).join(", ");
  return mark === undefined ? at : `${at}, notes \`${mark}\``;
}

function undoCell(effect: Effect | undefined): string {
  switch (effect?.kind) {
    case undefined:
      return "";
    case "stage":
      return "clears what was staged";
    case "stop":
      return `starts ${effect.part} as found`;
    case "budget":
      return "puts the budget back";
    case "swap":
      return "puts the previous data back";
    case "fence":
      return "takes the fence away";
    case "swapPki":
      return "puts the previous keys back";
    case "start":
      return `stops ${effect.part}`;
    case "member":
      return "puts the member's data back";
  }
}

const code = (word: string): string => `\`${word}\``;
const time = (minutes: number): string => (minutes >= 24 * 60 ? "as long as it moves" : `${minutes} min`);
