import { plainPath } from "../procedure/plainPath";
import type { StaticPod } from "./staticPod";

/** etcd as its static Pod's manifest has it. */
export interface EtcdPod {
  /** Of the member. */
  readonly name: string;
  readonly container: string;
  readonly image: string;
  /** On the machine. */
  readonly dataDirectory: string;
  /** The same in the container. */
  readonly dataInside: string;
  readonly peerUrl: string;
  /** A part of its data in the container that the machine has elsewhere than in its data directory; undefined: none. */
  readonly apart: string | undefined;
  /** As other machines reach it. */
  readonly clientUrl: string;
  /** As the machine itself reaches it. */
  readonly ownUrl: string;
  /** Of the backend in bytes; undefined: etcd's own. */
  readonly quota: bigint | undefined;
}

/** @returns a phrase that says what is missing where it is no etcd that can be restored */
export function etcdPodOf(pod: StaticPod): EtcdPod | string {
  const name = pod.flag("name");
  const data = pod.flag("data-dir");
  const peerUrl = firstOf(pod.flag("initial-advertise-peer-urls"));
  const clientUrl = firstOf(pod.flag("advertise-client-urls"));
  const missing = Object.entries({
    name,
    "data-dir": data,
    "initial-advertise-peer-urls": peerUrl,
    "advertise-client-urls": clientUrl,
  }).flatMap(([flag, value]) => (value ? [] : [`--${flag}`]));
  if (!name || !data || !peerUrl || !clientUrl) return `says no ${missing.join(", ")}`;
  const dataDirectory = pod.hostPath(data);
  if (dataDirectory === undefined) return `has its data, ${data}, on no directory of the machine`;
  const quota = pod.flag("quota-backend-bytes");
  return {
    ...{ name, container: pod.container, image: pod.image, peerUrl, clientUrl },
    ...{ dataDirectory, dataInside: data, apart: apartOf(pod, data, dataDirectory) },
    ownUrl: ownOf(pod.flag("listen-client-urls")) ?? clientUrl,
    quota: quota !== undefined && /^[1-9]\d*$/.test(quota) ? BigInt(quota) : undefined,
  };
}

/** Its log by a flag, or any part of its data by a volume of its own. */
function apartOf(pod: StaticPod, data: string, onMachine: string): string | undefined {
  const log = pod.flag("wal-dir") || `${data}/member/wal`;
  const parts = [
    ["member/wal", log],
    ["member", `${data}/member`],
    ["member/snap", `${data}/member/snap`],
  ] as const;
  return parts.find(
    ([part, inside]) => plainPath(pod.hostPath(inside) ?? "") !== plainPath(`${onMachine}/${part}`),
  )?.[1];
}

const firstOf = (urls: string | undefined): string | undefined => urls?.split(",")[0]?.trim();

/** The loopback's where it listens there. */
function ownOf(urls = ""): string | undefined {
  const all = urls.split(",").map((url) => url.trim().replace("//0.0.0.0:", "//127.0.0.1:"));
  return all.find((url) => /\/\/(127\.|localhost)/.test(url));
}
