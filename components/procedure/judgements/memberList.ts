/** A member as etcd lists it. */
export interface ListedMember {
  /** In hex. */
  readonly id: string;
  /** "started", or "unstarted" for one that has never started. */
  readonly status: string;
  /** "" for one that has never started. */
  readonly name: string;
  /** All of them, separated by commas. */
  readonly peerUrls: string;
  readonly learner: boolean;
}

/** What etcd's client prints for `member list`: "ID, STATUS, NAME, PEER-URLS, CLIENT-URLS, LEARNER" a line. */
export function parseMemberList(text: string): readonly ListedMember[] {
  return text.split("\n").flatMap((line) => {
    const [id = "", status = "", name = "", peerUrls = "", clientUrls, learner] = line.trim().split(", ");
    // Without client URLs the last comma of the line has lost its space to the trim.
    if (!/^[0-9a-f]+$/.test(id) || (peerUrls === "" && clientUrls === undefined)) return [];
    return [{ id, status, name, peerUrls: peerUrls.replace(/,$/, ""), learner: learner?.trim() === "true" }];
  });
}

/** The member of that name or address: the old one, before anything was changed. */
export function memberOf(
  list: readonly ListedMember[],
  { name, peerUrl }: { readonly name: string; readonly peerUrl: string },
): ListedMember | undefined {
  return list.find((listed) => listed.name === name || listed.peerUrls === peerUrl);
}

/** The member at that address that is not the old one. */
export function successorOf(
  list: readonly ListedMember[],
  { peerUrl, oldMember }: { readonly peerUrl: string; readonly oldMember: string | undefined },
): ListedMember | undefined {
  return list.find((listed) => listed.peerUrls === peerUrl && listed.id !== oldMember);
}

/**
 * etcd's `--initial-cluster` for the new member: the others as etcd lists them, and itself, each of their addresses.
 */
export function initialClusterOf(
  list: readonly ListedMember[],
  own: { readonly name: string; readonly peerUrl: string; readonly oldMember: string | undefined },
): string {
  const others = list.filter((listed) => listed.peerUrls !== own.peerUrl && listed.id !== own.oldMember);
  return [...others, { name: own.name, peerUrls: own.peerUrl }]
    .flatMap(({ name, peerUrls }) => peerUrls.split(",").map((url) => `${name}=${url}`))
    .join(",");
}
