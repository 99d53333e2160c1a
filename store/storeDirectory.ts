import { constants, type Stats } from "node:fs";
import { access, lstat, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../components/errors";

/**
 * Looks at the root of a directory store before anything is put there; changes nothing. One that does not exist yet
 * is fine where it can be made.
 *
 * @param root absolute. @param input what the user gave it as
 * @returns what is worth a word
 * @throws UserError when it is a link, no directory, open to others or read-only
 */
export async function checkStoreDirectory(root: string, input = "backup.directory"): Promise<string[]> {
  const fail = (what: string, remedy: string): never => {
    throw new UserError(`${input}: ${root} ${what}.`, remedy);
  };
  const another = input.startsWith("-")
    ? `Give another: ${input} PATH`
    : `pulumi config set --path ${input} PATH`;
  const found = await lstat(root).catch((cause: NodeJS.ErrnoException) =>
    cause.code === "ENOENT" ? undefined : fail(`cannot be looked at: ${cause.code}`, another),
  );
  if (found === undefined) return (await checkParent(root, fail, another)).map((one) => `${input}: ${one}`);
  if (found.isSymbolicLink()) {
    // Whoever may change the link decides where every Secret goes, and whether the newest backup is there.
    fail(
      "is a symbolic link",
      `Name the directory itself: ${another.replace("Give another: ", "").replace("PATH", '"$(readlink -f LINK)"')}`,
    );
  }
  if (!found.isDirectory()) fail("is no directory", another);
  if ((found.mode & 0o077) !== 0) {
    const mode = (found.mode & 0o777).toString(8);
    fail(`is open to other users (mode ${mode}); snapshots hold every Secret`, `chmod 700 '${root}'`);
  }
  await checkWritable(root, fail);
  return (await deviceWarning(root, found)).map((one) => `${input}: ${one}`);
}

type Fail = (what: string, remedy: string) => never;

async function checkParent(root: string, fail: Fail, another: string): Promise<string[]> {
  let parent = dirname(root);
  let found: Stats | undefined;
  while (found === undefined) {
    found = await stat(parent).catch(() => undefined);
    if (found === undefined) parent = dirname(parent);
  }
  if (!found.isDirectory()) fail(`cannot be made: ${parent} is no directory`, another);
  await checkWritable(parent, fail);
  return deviceWarning(root, found);
}

async function checkWritable(directory: string, fail: Fail): Promise<void> {
  await access(directory, constants.W_OK | constants.X_OK).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === "EROFS" ? "lies on a read-only file system" : "is not writable";
    fail(
      `${why} (${directory}: ${cause.code})`,
      `Look: findmnt --target '${directory}'; ls -ld '${directory}'`,
    );
  });
}

/** A backup on the disk of the machine that runs this program dies with that machine. */
async function deviceWarning(root: string, found: Stats): Promise<string[]> {
  return found.dev === (await stat("/")).dev
    ? [`${root} lies on this machine's system disk: copy backups elsewhere as well.`]
    : [];
}
