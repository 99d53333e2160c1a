import { type Refusal, refused } from "../../procedure/refusal";
import { type Bundle, certificatesIn, linksOutOf } from "./bundle";
import { isIssuedBy } from "./judgeBundle";
import type { MachinePkiFacts } from "./machinePkiFacts";
import { KUBELET_CLIENT } from "./pkiPaths";

const BY_HAND = "Restore keys by hand (age --decrypt, tar), and the data without restore.pki.";

/** Why a machine cannot take a bundle's files by renaming. */
export function judgeMachinePki({ machine, missing, parts }: MachinePkiFacts): Refusal | undefined {
  if (missing.length > 0)
    return refused(
      "programs-absent",
      `restore.pki: machine ${machine}: has no ${missing.join(", no ")}`,
      "Install it there.",
    );
  const [fixed] = [...parts].filter(([, kind]) => kind === "link" || kind === "mount");
  if (fixed === undefined) return undefined;
  const [path, kind] = fixed;
  const what = kind === "link" ? "is a link" : "is a mount of its own";
  return refused(
    "pki-fixed",
    `restore.pki: machine ${machine}: ${path} ${what}: what is there cannot be put aside by renaming`,
    BY_HAND,
  );
}

/** Why what a bundle holds cannot come back whole by renaming its parts: a key is a link to what none of them is. */
export function judgeLinks(bundle: Bundle, parts: readonly string[]): Refusal | undefined {
  const [first] = linksOutOf(bundle, parts);
  if (first === undefined) return undefined;
  return refused(
    "pki-fixed",
    `${bundle.named}: ${first} is a link to ${bundle.real(first)}, which is no part of what can be put back by renaming`,
    BY_HAND,
  );
}

/** What is to be done about the kubelet's own certificate. */
export interface KubeletAdvice {
  readonly wanted: boolean;
  readonly note?: string;
}

/**
 * The kubelet renews its certificate by itself, so that of a machine is mostly newer than the backup's. It comes back only
 * where the machine's is absent, has ended, or is of another authority than the one that comes back; and only when the
 * backup's holds.
 *
 * @param authority path of the cluster's certificate in the bundle
 */
export function judgeKubelet(
  bundle: Bundle,
  { machine, certificates }: Pick<MachinePkiFacts, "machine" | "certificates">,
  authority: string,
  now: Date,
): KubeletAdvice {
  const authorities = certificatesIn(bundle.text(authority));
  const holds = (text: string | undefined) => {
    const [certificate] = certificatesIn(text);
    return (
      certificate !== undefined && new Date(certificate.validTo) > now && isIssuedBy(certificate, authorities)
    );
  };
  if (holds(certificates.get(KUBELET_CLIENT))) return { wanted: false };
  if (holds(bundle.text(KUBELET_CLIENT))) return { wanted: true };
  const note = `machine ${machine}: neither its kubelet's certificate nor that of ${bundle.source} holds: after the restore the node needs a new one (kubeadm: remove ${KUBELET_CLIENT} and make kubelet.conf anew)`;
  return { wanted: false, note };
}

/** What a bundle would change of a machine, as far as certificates and names tell; a sentence, or none. */
export function noteChanges(
  {
    parts,
    bundle: { source },
  }: { readonly parts: readonly string[]; readonly bundle: Pick<Bundle, "source"> },
  fingerprints: ReadonlyMap<string, string>,
  { machine, parts: kinds, certificates }: MachinePkiFacts,
): string {
  const absent = parts.filter((path) => kinds.get(path) === "absent");
  const other = [...fingerprints].flatMap(([path, fingerprint]) => {
    // Of a kubeconfig's certificate the machine was not asked: the file is compared as a whole.
    if (path.endsWith(".conf")) return [];
    if (absent.some((part) => path.startsWith(`${part}/`))) return [];
    const [own] = certificatesIn(certificates.get(path));
    if (own === undefined) return [`${path} is absent`];
    return fingerprintOf(own) === fingerprint ? [] : [`${path} is another`];
  });
  const changes = [...absent.map((path) => `${path} is absent`), ...other];
  if (changes.length === 0) return `machine ${machine}: has the certificates of ${source}`;
  return `machine ${machine}: differs from ${source}: ${changes.join(", ")}`;
}

export const fingerprintOf = ({ fingerprint256 }: { readonly fingerprint256: string }): string =>
  fingerprint256.replaceAll(":", "").toLowerCase();
