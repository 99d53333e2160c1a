import { promisify } from "node:util";
import type { SFTPWrapper, Stats } from "ssh2";

/** Codes of SFTP's status, with the words of the official plugin's library. */
const reasons: Readonly<Record<number, string>> = { 2: "file does not exist", 3: "permission denied" };

/** Files of a host, by SFTP. Errors read as those of the official plugin. */
export class RemoteFiles {
  constructor(private readonly sftp: SFTPWrapper) {}

  /** What is at a path; undefined when nothing is. */
  async kindOf(path: string): Promise<"directory" | "other" | undefined> {
    const stat = promisify<string, Stats>(this.sftp.stat.bind(this.sftp));
    try {
      return (await stat(path)).isDirectory() ? "directory" : "other";
    } catch (error) {
      if ((error as { code?: number }).code === 2) {
        return undefined;
      }
      throw new Error(`failed to stat remote path ${path}: ${reasonOf(error)}`);
    }
  }

  /** Makes a directory and those above it; those that exist are fine. */
  async makeDirectories(path: string): Promise<void> {
    const kind = await this.kindOf(path);
    if (kind === "other") {
      throw new Error(`remote path ${path} exists but is not a directory`);
    }
    if (kind === undefined) {
      const above = path.replace(/\/*[^/]+\/*$/, "");
      if (above !== "") {
        await this.makeDirectories(above);
      }
      await this.#makeDirectory(path);
    }
  }

  async #makeDirectory(path: string): Promise<void> {
    try {
      await this.#try(`failed to create remote directory ${path}`, (done) => this.sftp.mkdir(path, done));
    } catch (error) {
      // Another copy may have made it meanwhile.
      if ((await this.kindOf(path)) !== "directory") {
        throw error;
      }
    }
  }

  /** Copies a file of this host, replacing what is there. */
  put(source: string, path: string): Promise<void> {
    return this.#try(`failed to create remote file ${path}`, (done) => this.sftp.fastPut(source, path, done));
  }

  /** Writes a text, replacing what is there. */
  write(path: string, text: string): Promise<void> {
    return this.#try(`failed to create remote file ${path}`, (done) => this.sftp.writeFile(path, text, done));
  }

  #try(failure: string, work: (done: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) =>
      work((error) => (error ? reject(new Error(`${failure}: ${reasonOf(error)}`)) : resolve())),
    );
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: number; message?: string };
  return reasons[code ?? -1] ?? `sftp: "${message}"`;
}
