import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";

/**
 * Whether a certificate is that of the host, as etcd's own clients take it: Node passes over a wildcard before a single
 * label, such as `*.kube-etcd` of a headless Service, which Go and with it etcd's members accept for one label more.
 *
 * @returns undefined when it is
 */
export function checkServerName(host: string, certificate: PeerCertificate): Error | undefined {
  const refused = checkServerIdentity(host, certificate);
  if (refused === undefined || isIP(host) !== 0) return refused;
  const names = certificate.subjectaltname ?? "";
  // Node quotes names that hold anything but plain characters: such a list is not taken apart here.
  if (names.includes('"')) return refused;
  const parent = /^[a-z0-9-]+\.([a-z0-9.-]+)$/i.exec(host)?.[1]?.toLowerCase();
  const matches = names.split(", ").some((name) => name.toLowerCase() === `dns:*.${parent}`);
  return parent !== undefined && matches ? undefined : refused;
}
