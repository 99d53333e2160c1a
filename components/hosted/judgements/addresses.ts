import { misset, type Refusal } from "../../procedure/refusal";

/** Of what the addresses are made by which members find each other, and are asked. */
export interface AddressFacts {
  readonly statefulSet: string;
  /** As the configuration says. */
  readonly configured: {
    readonly service: string;
    readonly peerPort: number;
    readonly clientPort: number;
  };
  /** Service by which its Pods have names; undefined or "": it says none. */
  readonly serviceName: string | undefined;
  /** etcd's own flags; undefined where nothing says one. */
  readonly listenPeerUrls: string | undefined;
  readonly listenClientUrls: string | undefined;
}

/**
 * Restored members know each other by addresses that are made of the configuration's names. Where a name is wrong they never
 * find each other, and nobody would see it before they start: a Pod has a name under its StatefulSet's own Service alone.
 */
export function judgeAddresses(facts: AddressFacts): Refusal | undefined {
  const { statefulSet, configured, serviceName, listenPeerUrls, listenClientUrls } = facts;
  if (serviceName && serviceName !== configured.service)
    return misset(
      "service-other",
      `overrides.etcd.service: the configuration says ${configured.service}, the Pods of StatefulSet ${statefulSet} have their names by Service ${serviceName}: restored members would not find each other`,
      `pulumi config set --path overrides.etcd.service ${serviceName}`,
    );
  const ports = [
    ["peerPort", "--listen-peer-urls", listenPeerUrls],
    ["clientPort", "--listen-client-urls", listenClientUrls],
  ] as const;
  for (const [key, flag, urls] of ports) {
    const listened = portsIn(urls);
    if (listened.length === 0 || listened.includes(configured[key])) continue;
    return misset(
      "port-other",
      `overrides.etcd.${key}: the configuration says ${configured[key]}, etcd of StatefulSet ${statefulSet} has ${flag} ${urls}`,
      `pulumi config set --path overrides.etcd.${key} ${listened[0]}`,
    );
  }
  return undefined;
}

/** Of all these URLs; none where one is not known, as what a shell or Kubernetes puts in its place. */
function portsIn(urls = ""): readonly number[] {
  const ports = urls.split(",").map((url) => /:(\d{1,5})\/?$/.exec(url.trim())?.[1]);
  return ports.includes(undefined) ? [] : ports.map(Number);
}
