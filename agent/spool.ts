import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../components/errors";
import { lives } from "../components/lives";
import { makerOf, ownedName } from "../components/ownedName";

const PREFIX = "run-";

/** Of a run that is over, as far as this machine can tell: no file is taken from under a backup or a drill. */
function isLeft(name: string): boolean {
  const maker = makerOf(PREFIX, name);
  const isOther = maker?.isOfThisMachine === true && maker.pid !== process.pid;
  return name.startsWith(PREFIX) && !(isOther && lives(maker.pid));
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
      const directory = join(root, ownedName(PREFIX));
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
