import { pipeline, type Readable, Transform } from "node:stream";
import { ANSWER } from "./remoteCommand";
import { SshError } from "./sshError";
import type { SshTarget } from "./sshTarget";

/** @returns undefined where the script has not begun */
export function answerIn(stdout: string): string | undefined {
  const at = stdout.indexOf(ANSWER);
  return at < 0 ? undefined : stdout.slice(at + ANSWER.length);
}

/** Of what comes before an answer, so many are kept to quote them. */
const MOST_BYTES = 65_536;

/** The same of a stream, whose bytes may be any. It fails where the script has not begun. */
export function answerOfStream(output: Readable, target: Pick<SshTarget, "name" | "user">): Readable {
  let before: Buffer | undefined = Buffer.alloc(0);
  const answer = new Transform({
    transform(chunk: Buffer, _, done) {
      if (before === undefined) return done(null, chunk);
      const all = Buffer.concat([before, chunk]);
      const at = all.indexOf(ANSWER);
      before = at < 0 ? all.subarray(all.length > MOST_BYTES ? -ANSWER.length : 0) : undefined;
      return at < 0 ? done() : done(null, all.subarray(at + ANSWER.length));
    },
    flush: (done) => done(before === undefined ? null : notBegun(target, before.toString())),
  });
  pipeline(output, answer, () => undefined);
  return answer;
}

/** What ran there was not what was asked for. @param said by whatever ran */
export function notBegun({ name, user }: Pick<SshTarget, "name" | "user">, said: string): SshError {
  const line = said.split("\n").find((one) => one.trim() !== "");
  const quote = line === undefined ? "" : `: ${line.trim().slice(0, 200)}`;
  return new SshError(
    "other",
    `machine ${name}: user ${user} is let in, and a script does not begin there${quote}`,
    `Look there: the shell and the .bashrc of ${user}, command= in its authorized_keys, ForceCommand in sshd_config.`,
  );
}
