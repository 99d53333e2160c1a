import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { UserError } from "../components/errors";
import { lives } from "../components/lives";

const PREFIX = "run-";
const names = new RegExp(`^${PREFIX}(\\d+)-[-0-9a-f]{36}@(.+)$`);

/** Of a run that is over, as far as this machine can tell: no file is taken from under a backup or a drill. */
function isLeft(name: string): boolean {
  const [, pid = "", host] = names.exec(name) ?? [];
  const isOther = host === hostname() && Number(pid) !== process.pid;
  return name.startsWith(PREFIX) && !(isOther && lives(Number(pid)));
}

/** A directory of one run, on the agent's spool. Must be removed. */
export class Spool {
  private constructor(readonly directory: string) {}

  /** Makes one, and removes what runs that were killed have left; what another run works in stays. @throws UserError */
  static async open(root: string): Promise<Spool> {
    try {
      await mkdir(root, { recursive: true, mode: 0o700 });
      for (const name of (await readdir(root)).filter(isLeft))
        await rm(join(root, name), { recursive: true, force: true });
      const directory = join(root, `${PREFIX}${process.pid}-${randomUUID()}@${hostname()}`);
      await mkdir(directory, { mode: 0o700 });
      return new Spool(directory);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new UserError(`spool: ${root}: cannot be used: ${code}.`, `Look: ls -ld '${root}'; df '${root}'`);
    }
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}
