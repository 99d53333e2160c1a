import { type Refusal, refused } from "../refusal";
import { minorOf } from "./version";

/** A program that restores. */
export interface Tool {
  /** `etcdutl`, `etcdctl`, a path; "none": the image has none that can bump the revision. */
  readonly tool: string;
  /** e.g. "3.6.14"; "unknown". */
  readonly version: string;
}

/** What a tool has to fit; undefined where nothing says it. */
export interface ToolDemands {
  readonly snapshotVersion: string | undefined;
  readonly serverVersion: string | undefined;
}

/**
 * Why a tool of this version must not be used; undefined when it may. A newer tool's data runs under older servers
 * (etcdutl 3.6.14 for 3.4.23); an older tool does not know all that a newer snapshot holds, and a server starts on the data
 * of its own minor or the one before, as in an upgrade.
 */
export function toolUnfit(
  version: string,
  { snapshotVersion, serverVersion }: ToolDemands,
): string | undefined {
  const [tool, snapshot, server] = [version, snapshotVersion, serverVersion].map(minorOf);
  if (tool === undefined) return undefined;
  if (snapshot !== undefined && tool < snapshot)
    return `it is ${version}, older than the snapshot (${snapshotVersion})`;
  if (server !== undefined && tool < server - 1)
    return `it is ${version}, more than one minor older than the server (${serverVersion})`;
  return undefined;
}

/** Why the image's own program cannot serve; undefined when it can. */
export function imageUnfit({ tool, version }: Tool, demands: ToolDemands): string | undefined {
  if (tool === "none")
    return "it has neither etcdutl >= 3.5.10 nor etcdctl >= 3.4.27, which bump the revision";
  const unfit = toolUnfit(version, demands);
  return unfit === undefined ? undefined : `its ${tool} does not fit: ${unfit}`;
}

/** @param own an etcdutl on this machine's PATH: it is named, not used, for nobody said that it may restore */
export function toolRemedy(serverVersion: string | undefined, own: string | undefined): string {
  const version = serverVersion === undefined ? "" : ` (${serverVersion})`;
  return `Give a static etcdutl of the server's version${version}: pulumi config set --path restore.etcdutl ${own ?? "PATH"}   (or utilityImage: an image that has one)`;
}

/** No program there can do it, and none was given. @param image undefined: members do not live in Pods */
export function judgeImageTool(
  image: string | undefined,
  unfit: string | undefined,
  remedy: string,
): Refusal | undefined {
  if (unfit === undefined) return undefined;
  const where =
    image === undefined
      ? "restore.etcdutl: is needed: what is found on the machine and in etcd's image does not serve"
      : `utilityImage: ${image}`;
  return refused("tool-absent", `${where}: ${unfit}`, remedy);
}

/** Whether the given program, as it answered on the volume, can serve. */
export function judgeGivenTool(
  path: string,
  { tool, version }: { readonly tool: string | undefined; readonly version: string },
  demands: ToolDemands,
): Refusal | undefined {
  const remedy = "pulumi config set --path restore.etcdutl PATH";
  if (tool === undefined)
    return refused(
      "tool-cannot-bump",
      `restore.etcdutl: ${path} (${version}) cannot bump the revision`,
      `Give etcdutl 3.5.10 or newer: ${remedy}`,
    );
  const unfit = toolUnfit(version, demands);
  return unfit === undefined
    ? undefined
    : refused("tool-unfit", `restore.etcdutl: ${path} does not fit: ${unfit}`, remedy);
}
