import { randomBytes } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import type { SFTPWrapper } from "ssh2";
import type { CheckFailure, CreateRequest, OperationContext, UpdateRequest } from "../rpc/provider";
import { isMap, isUnknown, type PropertyMap, plain, plainMap } from "../rpc/values";
import { deadline } from "./commandResource";
import { dial, type RemoteConnection } from "./remoteConnection";
import { RemoteFiles } from "./remoteFiles";

const signatureKey = "4dabf18193072939515e22adb298388d";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";

/** An asset or archive as it travels: one of path, text, uri and assets, and the hash of its content. */
interface Source {
  readonly path?: string;
  readonly text?: string;
  readonly hash?: string;
}

/** `command:remote:CopyToRemote`: no modes, no owners, nothing removed again. */
export const copyToRemote = {
  async create(request: CreateRequest, context: OperationContext) {
    if (!request.preview) {
      await copy(request.properties, context);
    }
    return { id: request.preview ? "" : randomBytes(4).toString("hex"), properties: request.properties };
  },

  /** Copies only what differs in content, or to another place; a new connection alone copies nothing. */
  async update(request: UpdateRequest, context: OperationContext): Promise<PropertyMap> {
    const [olds, news] = [inputsOf(request.olds), inputsOf(request.news)];
    if (!request.preview && (olds.source.hash !== news.source.hash || olds.remotePath !== news.remotePath)) {
      await copy(request.news, context);
    }
    return request.news;
  },

  async delete(): Promise<void> {},
};

/** Refuses what is no file, directory or text. */
export function checkSource(inputs: PropertyMap): CheckFailure[] {
  const source = plain(inputs.source ?? null);
  if (isUnknown(source)) {
    return [];
  }
  const kind = isMap(source) ? source[signatureKey] : undefined;
  const { path, text } = (isMap(source) ? source : {}) as Source;
  if (kind !== assetSignature && kind !== archiveSignature) {
    return [{ property: "asset", reason: "either asset or archive must be set" }];
  }
  if (kind === assetSignature && !path && text === undefined) {
    return [{ property: "asset", reason: "asset must be a path-based file asset or a text asset" }];
  }
  return kind === archiveSignature && !path
    ? [{ property: "archive", reason: "archive must be a path to a file or directory" }]
    : [];
}

function inputsOf(properties: PropertyMap) {
  return plainMap(properties) as unknown as {
    readonly connection: RemoteConnection;
    readonly source: Source;
    readonly remotePath: string;
  };
}

async function copy(properties: PropertyMap, context: OperationContext): Promise<void> {
  const { connection, source, remotePath } = inputsOf(properties);
  const log = (line: string) => context.logStatus("info", line);
  const { client, close } = await dial(connection, { signal: deadline(context), log });
  try {
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) =>
      client.sftp((error, wrapper) => (error === undefined ? resolve(wrapper) : reject(error))),
    );
    const files = new RemoteFiles(sftp);
    await (source.path
      ? copyPath(files, source.path, remotePath)
      : copyText(files, source.text ?? "", remotePath));
  } finally {
    close();
  }
}

async function copyText(files: RemoteFiles, text: string, remotePath: string): Promise<void> {
  if ((await files.kindOf(remotePath)) === "directory") {
    throw new Error(
      `remote path ${remotePath} is a directory; when using a text asset, remotePath must be a file path`,
    );
  }
  await files.makeDirectories(posix.dirname(remotePath));
  await files.write(remotePath, text);
}

/** A file goes to the path, or into it where it is a directory; a directory into it, its content when named with a slash. */
async function copyPath(files: RemoteFiles, path: string, remotePath: string): Promise<void> {
  const isDirectory = (await stat(path)).isDirectory();
  if (isDirectory) {
    const target = path.endsWith("/") ? remotePath : posix.join(remotePath, basename(path));
    await files.makeDirectories(remotePath);
    await copyDirectory(files, path, target);
    return;
  }
  const existing = await files.kindOf(remotePath);
  await files.makeDirectories(posix.dirname(remotePath));
  await files.put(path, existing === "directory" ? posix.join(remotePath, basename(path)) : remotePath);
}

async function copyDirectory(files: RemoteFiles, path: string, remotePath: string): Promise<void> {
  await files.makeDirectories(remotePath);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const [from, to] = [join(path, entry.name), posix.join(remotePath, entry.name)];
    await (entry.isDirectory() ? copyDirectory(files, from, to) : files.put(from, to));
  }
}
