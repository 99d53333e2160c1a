import type { Certificate } from "../../store/manifest";

/** Days before its end at which a certificate is named: kubeadm renews for a year, at upgrades alone. */
const SOON_DAYS = 30;
const DAY = 86_400_000;

/** A sentence for every certificate that has ended, or soon ends; the next to end comes first. */
export function warningsOf(certificates: readonly Certificate[], now: Date): readonly string[] {
  const left = ({ notAfter }: Certificate) => Math.floor((Date.parse(notAfter) - now.getTime()) / DAY);
  return certificates
    .filter((certificate) => left(certificate) < SOON_DAYS)
    .sort((a, b) => a.notAfter.localeCompare(b.notAfter))
    .map((certificate) => {
      const { machine, path, notAfter } = certificate;
      const days = left(certificate);
      const when = days < 0 ? "has ended" : days === 1 ? "ends in 1 day" : `ends in ${days} days`;
      return `machine ${machine}: ${path} ${when} (${notAfter.slice(0, 10)}): ${lookAt(path)}`;
    });
}

/** kubeadm knows nothing of the kubelet's own, which the kubelet renews by itself. */
const lookAt = (path: string): string =>
  path.endsWith(".pem")
    ? "the kubelet has not renewed it: look at its log, journalctl -u kubelet"
    : "look with kubeadm certs check-expiration";
