import { createInterface } from "node:readline";
import { RefusedError, UserError } from "../../components/errors";

/**
 * Asks a person whether to go on.
 *
 * @param command that asks. @param effect what it does. @param instead what to do where there is no terminal
 * @throws UserError where there is nobody to ask, RefusedError for any answer but "yes"
 */
export async function confirm(
  command: string,
  effect = "changes the cluster",
  instead = "Look at it with --dry-run, then give --yes.",
): Promise<void> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new UserError(
      `${command} ${effect}, and there is no terminal to ask at: nothing was changed.`,
      instead,
    );
  }
  const answer = await ask("Do this? Only yes does it: ");
  if (answer.trim().toLowerCase() !== "yes") throw new RefusedError("Not confirmed: nothing was changed.");
}

/** The line that is typed; empty at the end of the input and after Ctrl-C. */
function ask(question: string): Promise<string> {
  return new Promise((done) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    const end = () => {
      process.stderr.write("\n");
      done("");
    };
    terminal.once("close", end).once("SIGINT", () => terminal.close());
    terminal.question(question, (answer) => {
      terminal.off("close", end).close();
      done(answer);
    });
  });
}
