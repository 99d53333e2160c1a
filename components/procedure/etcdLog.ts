/** Who of another cluster is refused, as a member's log says it; at most 3. */
export function strangersIn(log: string): readonly string[] {
  const phrases = new Set<string>();
  for (const line of log.split("\n")) {
    if (!line.includes("cluster ID mismatch")) continue;
    const [, member, cluster] =
      /"remote-peer-(?:server-name|id)":"([0-9a-f]*)".*"remote-peer-cluster-id":"([0-9a-f]*)"/.exec(line) ??
      [];
    if (member !== undefined) phrases.add(`member ${member} of cluster ${cluster}`);
    // As etcd before 3.5 writes it.
    const [, former] = /mismatch \(got ([0-9a-f]*) want/.exec(line) ?? [];
    if (former !== undefined) phrases.add(`a member of cluster ${former}`);
  }
  return [...phrases].sort().slice(0, 3);
}
