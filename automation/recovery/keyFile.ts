import { readFileSync, statSync } from "node:fs";
import { judgePrivateKey } from "../../components/access/ssh/privateKey";
import { RefusedError, UserError } from "../../components/errors";

/**
 * A private key's content, read once. It goes on by standard input to an ssh-agent of this process's own.
 *
 * @param path absolute. @param option that names it
 * @throws UserError when it cannot be read or used, RefusedError when others can read it; never quotes any of it
 */
export function readKeyFile(path: string, option: string): string {
  const text = contentOf(path, option);
  if ((statSync(path).mode & 0o077) !== 0)
    throw new RefusedError(`${option}: ${path}: others can read it, too.`, `chmod 600 ${path}`);
  const wrong = judgePrivateKey(text);
  if (wrong === undefined) return text;
  const copy = `cp -p ${path} KEYFILE && ssh-keygen -p -N '' -f KEYFILE`;
  throw new UserError(
    `${option}: ${path}: ${wrong}.`,
    wrong.includes("passphrase")
      ? `Use a copy without one, and remove it afterwards: ${copy}`
      : `Give another: ${option} FILE`,
  );
}

function contentOf(path: string, option: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
    throw new UserError(`${option}: ${path}: cannot be read (${reason}).`, `Give another: ${option} FILE`);
  }
}
