import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import execa from "execa";
import { freePort } from "../../agent/freePort";
import type { AgeIdentities } from "../../store/age/identities";
import { plainCopy } from "../../store/plainCopy";
import { waitUntil } from "../waiting";
import type { Etcdctl } from "./keyDump";

/**
 * Restores a snapshot, also a packed or encrypted one of a store, into a temporary directory, boots a single etcd on it on the loopback address, hands `work` an
 * etcdctl for it, and removes everything: so a snapshot's content is read by etcd itself.
 *
 * @param tools directory with etcd, etcdctl and etcdutl. @param identities of an encrypted one
 */
export async function withScratchEtcd<T>(
  tools: string,
  snapshot: string,
  work: (etcdctl: Etcdctl) => Promise<T>,
  identities?: AgeIdentities,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "etcd-recovery-scratch-"));
  const data = join(directory, "data");
  try {
    const plain = await plainCopy(snapshot, directory, identities);
    await execa(join(tools, "etcdutl"), ["snapshot", "restore", plain.path, "--data-dir", data]);
    await plain.remove();
    const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
    const etcd = execa(join(tools, "etcd"), [
      `--data-dir=${data}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      "--unsafe-no-fsync",
      "--log-level=error",
    ]);
    etcd.catch(() => undefined);
    try {
      const etcdctl: Etcdctl = async (argv) =>
        (await execa(join(tools, "etcdctl"), [`--endpoints=${client}`, ...argv])).stdout;
      await waitUntil({ what: "etcd to start on the snapshot", timeoutSeconds: 30 }, async () => {
        await etcdctl(["endpoint", "health"]);
        return true;
      });
      return await work(etcdctl);
    } finally {
      etcd.kill("SIGKILL");
      await etcd.catch(() => undefined);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
