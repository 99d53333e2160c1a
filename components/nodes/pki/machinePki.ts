import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { MemberPki, StagedPki } from "../../procedure/memberPki";
import { demand, errorOf, failed, type Refusal } from "../../procedure/refusal";
import type { PkiRequest } from "../../procedure/request";
import type { MachineFacts } from "../machineFacts";
import { machineScript } from "../machineScripts";
import { answerOf, MachineScriptError, type NodesContext, wordsOf } from "../nodesContext";
import {
  type Bundle,
  bundleOf,
  certificatesIn,
  filesBelow,
  isBundle,
  type PartsWanted,
  partsOf,
} from "./bundle";
import { formerFiles } from "./formerFiles";
import { formerCalled, formerKeys } from "./formerKeys";
import { judgeBundle, judgeTogether } from "./judgeBundle";
import { fingerprintOf, judgeKubelet, judgeLinks, judgeMachinePki, noteChanges } from "./judgeMachinePki";
import { askMachinePki, type MachinePkiFacts } from "./machinePkiFacts";
import { openBundle } from "./openBundle";
import { configurationOf, encryptionFile, KUBELET_PKI } from "./pkiPaths";

/** Longest time without any progress of a bundle's way. */
const STALL_SECONDS = 120;

/** What the keys of machines are restored with. */
export interface MachinePkiContext extends NodesContext {
  readonly facts: readonly MachineFacts[];
  /** What the stack asks for; undefined where this step is not told, or nothing is. */
  readonly request: PkiRequest | undefined;
  /** Of a roll-back that takes keys back too: id of the restore that put them aside. */
  readonly former?: string | undefined;
}

/** A machine with its bundle, judged. */
interface Ready {
  readonly tar: Buffer;
  readonly bundle: Bundle;
  readonly parts: readonly string[];
  readonly live: MachinePkiFacts;
  readonly notes: readonly string[];
}

/** Keys, certificates and kubeconfigs of the machines. What of them is looked at on a machine is no key. */
export interface MachinePki extends MemberPki {
  /** Everything that can be said before anything is made. Read-only. */
  judge(): Promise<{ readonly refusals: readonly Refusal[]; readonly notes: readonly string[] }>;
}

export function machinePki(context: MachinePkiContext): MachinePki {
  const { machines, profile, members } = context;
  const script = (name: Parameters<typeof machineScript>[1], ...argv: string[]) =>
    machineScript(profile, name, ...argv);

  const held = (member: string, swapped: readonly string[]) =>
    context.facts.filter(({ machine }) => machine === member).flatMap((one) => formerFiles(one, swapped));

  const opened = (member: string) => openBundle(wanted(context), member, identityOf(context));

  /** @param former id of the restore that put them aside; default: from the bundle that the request names */
  async function ready(member: string, former?: string): Promise<Ready> {
    const tar = former === undefined ? await opened(member) : await formerKeys(context, member, former);
    const called = former === undefined ? undefined : formerCalled(member, former);
    const bundle = bundleOf(member, tar, called);
    if (!isBundle(bundle)) throw errorOf(bundle);
    const now = new Date();
    demand(judgeBundle(bundle, profile, now));
    const paths = { configuration: configurationOf(profile), encryption: encryptionOf(context, member) };
    const all = partsOf(bundle, { ...paths, kubelet: true });
    const live = await askMachinePki(context, member, [...new Set([...all, KUBELET_PKI])]);
    const { wanted: kubelet, note } = judgeKubelet(bundle, live, `${paths.configuration}/pki/ca.crt`, now);
    const parts = partsOf(bundle, { ...paths, kubelet } satisfies PartsWanted);
    const relevant = {
      ...live,
      parts: new Map(parts.map((path) => [path, live.parts.get(path) ?? "absent"])),
    };
    demand(judgeMachinePki(relevant), judgeLinks(bundle, parts));
    return { tar, bundle, parts, live: relevant, notes: note === undefined ? [] : [note] };
  }

  return {
    async judge() {
      const { request, former } = context;
      if (request === undefined && former === undefined) return { refusals: [], notes: [] };
      const judged = await Promise.allSettled(members.map(({ name }) => ready(name, former)));
      const refusals = judged.flatMap((one) => (one.status === "rejected" ? [refusalIn(one.reason)] : []));
      const fit = judged.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      const apart = judgeTogether(
        fit.map(({ bundle }) => bundle),
        profile,
      );
      const notes = fit.flatMap(({ parts, bundle, live, notes: own }) => [
        `restore.pki: ${noteChanges({ parts, bundle }, fingerprintsIn(bundle, parts), live)}; swapped where they differ: ${parts.join(", ")}`,
        ...own,
      ]);
      return { refusals: apart === undefined ? refusals : [...refusals, apart], notes };
    },
    async former(member, from) {
      const { tar } = await ready(member, from);
      return createHash("sha256").update(tar).digest("hex");
    },
    async stage(member, id, sha256, former) {
      const staged = await this.staged(member, id);
      if (staged?.sha256 === sha256 && context.request === undefined) return staged;
      const { tar, parts, notes } = await ready(member, former);
      for (const note of notes) context.say(`warning: ${note}`);
      const call = script("pki-stage", id, String(tar.length), sha256, ...parts);
      const sent = { input: Readable.from([tar]), stallSeconds: STALL_SECONDS };
      const { code, stdout, stderr } = await machines.send(member, call, sent);
      if (code !== 0) throw new MachineScriptError(member, code, stderr.trim());
      return stagedIn(stdout) as StagedPki;
    },
    staged: async (member, id) => stagedIn(await answerOf(context, member, "pki-staged", id)),
    async swap(member, id, sha256) {
      const words = wordsOf(await answerOf(context, member, "pki-swap", id, sha256));
      const swapped = pathsOf(words, "swapped");
      context.say(`${member}: swapped: ${swapped.join(", ") || "nothing: all is as it is to be"}`);
      return [...byHand(member, words), ...held(member, swapped)];
    },
    async unswap(member, id) {
      const words = wordsOf(await answerOf(context, member, "pki-unswap", id));
      return [...byHand(member, words), ...held(member, pathsOf(words, "returned"))];
    },
    async clear(member, id) {
      await answerOf(context, member, "pki-clear", id);
    },
    async finalize(member, from) {
      await answerOf(context, member, "pki-finalize", from);
    },
  };
}

function wanted({ request }: MachinePkiContext): PkiRequest {
  if (request !== undefined) return request;
  const what = "its keys are not staged, and their bundle is known to its own stack alone";
  throw errorOf(
    failed("no-source", what, "'pulumi up' on its stack goes on, 'pulumi destroy' there goes back."),
  );
}

function identityOf({ access: { pkiIdentity } }: MachinePkiContext): string {
  if (pkiIdentity !== undefined) return pkiIdentity;
  throw errorOf(
    failed(
      "pki-identity",
      "restore.pki.identity: this step was not given it",
      "pulumi config set --secret --path restore.pki.identity < KEYFILE",
    ),
  );
}

function encryptionOf({ facts, profile }: MachinePkiContext, member: string): string | undefined {
  const own = facts.find(({ machine }) => machine === member);
  return own === undefined ? undefined : encryptionFile(profile, own);
}

function fingerprintsIn(bundle: Bundle, parts: readonly string[]): ReadonlyMap<string, string> {
  const paths = parts.flatMap((part) => filesBelow(bundle, part)).filter((path) => path.endsWith(".crt"));
  return new Map(
    paths.flatMap((path) => {
      const [certificate] = certificatesIn(bundle.text(path));
      return certificate === undefined ? [] : [[path, fingerprintOf(certificate)] as const];
    }),
  );
}

function stagedIn(text: string): StagedPki | undefined {
  const words = wordsOf(text);
  const sha256 = words.find(([fact]) => fact === "sha256")?.[1];
  return sha256 === undefined ? undefined : { sha256, differs: pathsOf(words, "differs") };
}

const pathsOf = (words: ReturnType<typeof wordsOf>, wanted: string): readonly string[] =>
  words.filter(([fact]) => fact === wanted).map(([, ...path]) => path.join(" "));

const byHand = (member: string, words: ReturnType<typeof wordsOf>): readonly string[] =>
  words.filter(([fact]) => fact === "by-hand").map(([, ...text]) => `machine ${member}: ${text.join(" ")}`);

/** What is no judgement is not taken for one. */
function refusalIn(cause: unknown): Refusal {
  const { refusal } = cause as { readonly refusal?: Refusal };
  if (refusal === undefined) throw cause;
  return refusal;
}
