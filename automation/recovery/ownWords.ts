import { FailedError, RefusedError, UserError } from "../../components/errors";
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
  [/pulumi config set --secret --path ssh\.privateKey < KEYFILE/g, "--ssh-key FILE"],
  [/pulumi config set --secret --path ssh\.jump\.privateKey < KEYFILE/g, "--jump-ssh-key FILE"],
  [/pulumi config set --path (ssh\.(jump\.)?publicKey) '[^']*'/g, "$1 in the file of --machines"],
  [
    /pulumi config set (--path )?'?(ssh|machines|userKubeconfig)\S* \S+/g,
    "mend it in the file of --machines",
  ],
];

/** Why an act ended, to somebody who runs `etcd-recovery undo` or `resume`: its way on and its way back. */
export function explainWithoutStack(error: UserError): string {
  return own(explain(error));
}

const own = (said: string): string =>
  words.reduce((text, [stack, without]) => text.replace(stack, without), said);

/** The same as an error of its kind, before anything has begun. */
export function inOwnWords(error: UserError): UserError {
  const { statement, remedy } = error;
  const kinds = [RefusedError, FailedError].find((kind) => error instanceof kind) ?? UserError;
  return new kinds(own(statement), remedy === undefined ? undefined : own(remedy));
}
