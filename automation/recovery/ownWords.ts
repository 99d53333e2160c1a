import type { UserError } from "../../components/errors";
import { explain } from "../step/stepOutcome";

/** What was run instead of a stack, as a sentence names it. */
const resume = "etcd-recovery resume (same options)";
const undo = "etcd-recovery undo (same options)";

/** Advice of the acts, which know stacks alone, and what it is where there is none. What is said of another stack stays. */
const words: readonly (readonly [RegExp, string])[] = [
  [/['`]pulumi up['`](?! on its stack)/g, `'${resume}'`],
  [/['`]pulumi destroy['`](?! there)/g, `'${undo}'`],
  [/ && pulumi up --refresh/g, `; then: ${resume}`],
  [/\bpulumi destroy(?=, pulumi config)/g, undo],
  [/^( *)pulumi up$/gm, `$1${resume}`],
  [/^( *)pulumi destroy$/gm, `$1${undo}`],
];

/** Why an act ended, to somebody who runs `etcd-recovery undo` or `resume`: its way on and its way back. */
export function explainWithoutStack(error: UserError): string {
  return words.reduce((text, [said, own]) => text.replace(said, own), explain(error));
}
