import { createPrivateKey, createPublicKey, type KeyObject, type X509Certificate } from "node:crypto";
import { parse } from "yaml";
import { type Refusal, refused } from "../../procedure/refusal";
import type { NodesProfile } from "../../profiles/nodesProfile";
import { etcdPodOf } from "../etcdPod";
import { parseStaticPod } from "../staticPod";
import { type Bundle, certificatesIn, filesBelow, kubeconfigsIn } from "./bundle";
import { configurationOf } from "./pkiPaths";

type Profile = Pick<NodesProfile, "manifests" | "etcd">;

/** Who signs what, by kubeadm's names below the directory of keys. */
const issuers: Readonly<Record<string, string>> = {
  "apiserver.crt": "ca.crt",
  "apiserver-kubelet-client.crt": "ca.crt",
  "front-proxy-client.crt": "front-proxy-ca.crt",
  "apiserver-etcd-client.crt": "etcd/ca.crt",
  "etcd/server.crt": "etcd/ca.crt",
  "etcd/peer.crt": "etcd/ca.crt",
  "etcd/healthcheck-client.crt": "etcd/ca.crt",
};

/** A certificate with where it is and what belongs to it. */
interface Issued {
  /** Path; of a kubeconfig its own. */
  readonly path: string;
  readonly certificate: X509Certificate;
  /** PEM text of its key; undefined where it has none, as an authority that is kept elsewhere. */
  readonly key: string | undefined;
  /** Path of its authority's certificate; undefined where nothing says which it is. */
  readonly authority: string | undefined;
}

/**
 * Why a machine's bundle must not be put in place: it is not of this member, lacks what a control plane cannot start
 * without, or holds a certificate that does not fit its key or its authority, or that does not hold now.
 */
export function judgeBundle(bundle: Bundle, profile: Profile, now: Date): Refusal | undefined {
  const wrong = [
    ...wrongMember(bundle, profile),
    ...absent(bundle, profile),
    ...issuedIn(bundle, profile).flatMap((issued) => wrongWith(bundle, issued, now)),
    ...wrongSigningKey(bundle, profile),
  ];
  if (wrong.length === 0) return undefined;
  const [first, second] = wrong;
  const more = wrong.length > 2 ? `; and ${wrong.length - 2} more` : "";
  return refused(
    "pki-unfit",
    `${bundle.named}: ${first}${second === undefined ? "" : `; ${second}`}${more}`,
    `${bundle.instead}. By hand: put keys in their places (of a backup: age --decrypt), kubeadm certs renew all, and go on without restore.pki.`,
  );
}

/** All machines of a control plane trust the same authorities and sign tokens with the same key. */
export function judgeTogether(bundles: readonly Bundle[], profile: Profile): Refusal | undefined {
  const pki = `${configurationOf(profile)}/pki`;
  for (const name of ["ca.crt", "front-proxy-ca.crt", "etcd/ca.crt", "sa.pub"]) {
    const texts = new Set(bundles.map((bundle) => bundle.text(`${pki}/${name}`)?.trim() ?? ""));
    if (texts.size > 1)
      return refused(
        "pki-apart",
        `restore.pki: the machines' bundles have different ${pki}/${name}: they are not of one control plane`,
        bundles[0]?.instead ?? "",
      );
  }
  return undefined;
}

/**
 * Every certificate of the control plane in a bundle. The kubelet's own is not among them: of older clusters one is in its
 * kubeconfig that has long been renewed elsewhere. Nor is what lies below, as copies of former ones do.
 */
export function issuedIn(bundle: Bundle, profile: Profile): readonly Issued[] {
  const configuration = configurationOf(profile);
  const pki = `${configuration}/pki`;
  const inFiles = filesBelow(bundle, pki)
    .filter((path) => /^(etcd\/)?[^/]+\.crt$/.test(path.slice(pki.length + 1)))
    .flatMap((path): readonly Issued[] => {
      const [certificate] = certificatesIn(bundle.text(path));
      const issuer = issuers[path.slice(pki.length + 1)];
      const key = bundle.text(path.replace(/\.crt$/, ".key"));
      const authority = issuer === undefined ? undefined : `${pki}/${issuer}`;
      return certificate === undefined ? [] : [{ path, certificate, key, authority }];
    });
  const kubeconfigs = kubeconfigsIn(bundle, configuration).filter(
    (path) => path !== `${configuration}/kubelet.conf`,
  );
  const inKubeconfigs = kubeconfigs.flatMap((path): readonly Issued[] => {
    const { certificate: text, key } = userOf(bundle.text(path));
    const [certificate] = certificatesIn(text);
    return certificate === undefined ? [] : [{ path, certificate, key, authority: `${pki}/ca.crt` }];
  });
  return [...inFiles, ...inKubeconfigs];
}

function wrongWith(
  bundle: Bundle,
  { path, certificate, key, authority }: Issued,
  now: Date,
): readonly string[] {
  const wrong: string[] = [];
  const end = new Date(certificate.validTo);
  if (end < now) wrong.push(`${path} has ended on ${end.toISOString().slice(0, 10)}`);
  if (new Date(certificate.validFrom) > now) wrong.push(`${path} does not hold yet: look at the clock`);
  const own = key === undefined ? undefined : privateKeyIn(key);
  if (key !== undefined && (own === undefined || !certificate.checkPrivateKey(own)))
    wrong.push(`${path} does not fit its key`);
  const chain = certificatesIn(bundle.text(path)).slice(1);
  if (authority !== undefined && !leadsTo(certificate, chain, certificatesIn(bundle.text(authority))))
    wrong.push(`${path} is not signed by ${authority}`);
  return wrong;
}

/** Whether one of these authorities has signed it. */
export const isIssuedBy = (certificate: X509Certificate, authorities: readonly X509Certificate[]): boolean =>
  authorities.some((one) => certificate.checkIssued(one) && certificate.verify(one.publicKey));

/** Whether it is signed by one of these, or by another of its chain that is. */
function leadsTo(
  certificate: X509Certificate,
  chain: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): boolean {
  if (isIssuedBy(certificate, authorities)) return true;
  return chain.some(
    (one, n) =>
      isIssuedBy(certificate, [one]) &&
      leadsTo(
        one,
        chain.filter((_, other) => other !== n),
        authorities,
      ),
  );
}

function wrongMember(bundle: Bundle, { manifests, etcd }: Profile): readonly string[] {
  const pod = parseStaticPod(bundle.text(`${manifests}/${etcd.manifest}`) ?? "");
  const found = pod === undefined ? undefined : etcdPodOf(pod);
  if (found === undefined || typeof found === "string" || found.name === bundle.machine) return [];
  return [`it is of member ${found.name}`];
}

function absent(bundle: Bundle, profile: Profile): readonly string[] {
  const pki = `${configurationOf(profile)}/pki`;
  const { ca, certificate, key } = profile.etcd;
  const names = ["ca.crt", "apiserver.crt", "apiserver.key", "sa.key"].map((name) => `${pki}/${name}`);
  return [...names, ca, certificate, key]
    .filter((path) => bundle.text(path) === undefined)
    .map((path) => `it has no ${path}`);
}

function wrongSigningKey(bundle: Bundle, profile: Profile): readonly string[] {
  const path = `${configurationOf(profile)}/pki/sa`;
  const [key, published] = [bundle.text(`${path}.key`), bundle.text(`${path}.pub`)];
  if (key === undefined || published === undefined) return [];
  const own = privateKeyIn(key);
  const fits = own !== undefined && publishedIn(published).includes(spki(createPublicKey(own)));
  return fits ? [] : [`${path}.pub does not fit ${path}.key`];
}

const spki = (key: KeyObject): string => key.export({ type: "spki", format: "der" }).toString("base64");

/** Every public key of a file: the former one stays in it while tokens are still signed by that. */
const publishedIn = (text: string): readonly string[] =>
  (text.match(/-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/g) ?? []).flatMap((block) => {
    try {
      return [spki(createPublicKey(block))];
    } catch {
      return [];
    }
  });

function privateKeyIn(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}

/** Certificate and key of a kubeconfig's first user, where they are in it. */
function userOf(text: string | undefined): { readonly certificate?: string; readonly key?: string } {
  try {
    const { users = [] } = parse(text ?? "") as { users?: { user?: Record<string, unknown> }[] };
    const user = users[0]?.user ?? {};
    const decoded = (name: string) => Buffer.from(String(user[name] ?? ""), "base64").toString("utf8");
    return { certificate: decoded("client-certificate-data"), key: decoded("client-key-data") };
  } catch {
    return {};
  }
}
