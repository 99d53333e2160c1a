import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { Scene } from "./scene";

/** Kubeconfigs that differ from the good one in one thing each, in the directory of the steps. */
export async function writeKubeconfigs({ lab, steps }: Scene): Promise<void> {
  const good = parse(await readFile(lab.adminKubeconfig, "utf8"));
  const [cluster] = good.clusters;
  const variants: Record<string, object> = {
    token: { users: [{ name: "admin", user: { token: "nobody-knows" } }] },
    operator: { users: [{ name: "admin", user: { ...good.users[0].user, as: "operator" } }] },
    nobody: {
      users: [{ name: "admin", user: { ...good.users[0].user, as: "system:serviceaccount:default:nobody" } }],
    },
    ca: {
      clusters: [
        {
          ...cluster,
          cluster: {
            ...cluster.cluster,
            "certificate-authority-data": parse(await readFile(lab.userKubeconfig(), "utf8")).clusters[0]
              .cluster["certificate-authority-data"],
          },
        },
      ],
    },
    port: { clusters: [{ ...cluster, cluster: { ...cluster.cluster, server: "https://127.0.0.1:1" } }] },
    insecure: {
      clusters: [
        { ...cluster, cluster: { server: cluster.cluster.server, "insecure-skip-tls-verify": true } },
      ],
    },
  };
  for (const [name, change] of Object.entries(variants))
    await writeFile(join(steps.directory, `${name}.kubeconfig`), stringify({ ...good, ...change }), {
      mode: 0o600,
    });
}
