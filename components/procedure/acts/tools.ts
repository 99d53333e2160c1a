import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type MemberState, parseTool } from "../../member/memberAnswers";
import { memberCalls } from "../../member/memberCalls";
import type { ActContext } from "../act";
import { imageUnfit, judgeGivenTool, judgeImageTool, type ToolDemands, toolRemedy } from "../judgements/tool";
import { demand, errorOf, failed } from "../refusal";
import type { EtcdutlRequest, Request } from "../request";
import { MemberScriptError } from "../substrate";

type Means = Pick<ActContext, "id" | "request" | "substrate">;

/** A program that restores on a member's volume, and why it is this one. */
export interface ChosenTool {
  /** As the script takes it. */
  readonly tool: string;
  readonly reason: string;
}

/** The image of what works on the volumes, as messages name it. */
export const imageOf = ({ utilityImage }: Request): string => utilityImage ?? "its image";

const homeOf = ({ utilityImage }: Request): string =>
  utilityImage === undefined ? "the machine" : "utilityImage";

/** What to give, with an etcdutl on this machine's PATH by name. */
export const remedyFor = (serverVersion: string | undefined): string =>
  toolRemedy(serverVersion, etcdutlOnPath());

function etcdutlOnPath(): string | undefined {
  const places = (process.env.PATH ?? "").split(delimiter).map((directory) => join(directory, "etcdutl"));
  return places.find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * The image's own program when it can bump the revision and fits, else the given one, which is brought.
 *
 * @throws RefusedError when neither is there
 */
export async function chooseTool(
  means: Means,
  member: string,
  { tool, toolVersion: version }: Pick<MemberState, "tool" | "toolVersion">,
  demands: ToolDemands,
): Promise<ChosenTool> {
  const { request } = means;
  const unfit = imageUnfit({ tool, version }, demands);
  if (unfit === undefined) return { tool, reason: `${tool} ${version} of ${homeOf(request)}` };
  if (request.etcdutl === undefined)
    demand(judgeImageTool(request.utilityImage, unfit, remedyFor(demands.serverVersion)));
  const given = await bringTool(means, member, demands);
  return {
    tool: given.tool,
    reason: `restore.etcdutl ${given.version}, since of ${homeOf(request)}: ${unfit}`,
  };
}

/** Brings the given etcdutl to a member's volume. @throws UserError when it does not come, run or fit */
export async function bringTool(
  means: Means,
  member: string,
  demands: ToolDemands,
): Promise<{ readonly tool: string; readonly version: string }> {
  const { etcdutl } = means.request;
  if (etcdutl === undefined)
    throw errorOf(
      failed("tool-not-given", "restore.etcdutl: none is given", remedyFor(demands.serverVersion)),
    );
  const answer = parseTool(await sendTool(means, member, etcdutl));
  if (answer.sha256 !== etcdutl.sha256)
    throw errorOf(
      failed(
        "tool-changed",
        `restore.etcdutl: the volume of ${member} answered SHA-256 ${answer.sha256} instead of ${etcdutl.sha256}`,
        "pulumi up",
      ),
    );
  demand(judgeGivenTool(etcdutl.path, answer, demands));
  return { tool: answer.tool ?? "none", version: answer.version };
}

async function sendTool(
  means: Means,
  member: string,
  { path, sizeBytes, sha256 }: EtcdutlRequest,
): Promise<string> {
  const call = memberCalls.receiveTool({ id: means.id, bytes: sizeBytes, sha256 });
  try {
    return await means.substrate.volumes.send(member, call, { path, codec: "none" });
  } catch (cause) {
    if (!(cause instanceof MemberScriptError)) throw cause;
    const why = cause.said.trim();
    throw errorOf(
      failed(
        "tool-not-come",
        `restore.etcdutl: ${path} did not come to ${member} whole, or does not run there: ${why}`,
        "pulumi up",
      ),
    );
  }
}
