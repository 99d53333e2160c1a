import { parse } from "yaml";

/** A command of a workflow's job, with the environment that its text gives it. */
export interface WorkflowCommand {
  readonly run: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Workflow {
  readonly env?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      { readonly steps: readonly { readonly run?: string; readonly env?: Record<string, string> }[] }
    >
  >;
}

/**
 * The commands of a GitHub Actions workflow by job, with `${{ secrets.NAME }}` and `${{ vars.NAME }}` replaced.
 *
 * @param values of secrets and variables. @throws Error for one that is not among them
 */
export function workflowCommands(
  text: string,
  values: Readonly<Record<string, string>>,
): Readonly<Record<string, readonly WorkflowCommand[]>> {
  const { env = {}, jobs } = parse(text) as Workflow;
  const replaced = (all: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(all).map(([name, value]) => [name, replace(value, values)]));
  return Object.fromEntries(
    Object.entries(jobs).map(([job, { steps }]) => [
      job,
      steps.flatMap(({ run, env: own = {} }) =>
        run === undefined ? [] : [{ run, env: replaced({ ...env, ...own }) }],
      ),
    ]),
  );
}

function replace(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{\{ (?:secrets|vars)\.(\w+) \}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the workflow names ${name}, which is no secret or variable`);
    return value;
  });
}
