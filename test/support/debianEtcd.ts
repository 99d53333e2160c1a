import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { cacheDirectory } from "../../lab/tools/toolCache";

/** etcd 3.4 of Debian, unpacked beside the system and not installed in it: no service, no user, no changed path. */
export async function provideDebianEtcd(): Promise<{ etcd: string; etcdctl: string }> {
  const directory = path.join(cacheDirectory(), "debian-etcd-3.4");
  const bin = path.join(directory, "usr", "bin");
  if (!fs.existsSync(path.join(bin, "etcdctl"))) await unpack(directory);
  return { etcd: path.join(bin, "etcd"), etcdctl: path.join(bin, "etcdctl") };
}

async function unpack(directory: string): Promise<void> {
  fs.mkdirSync(path.dirname(directory), { recursive: true });
  const temporary = fs.mkdtempSync(`${directory}.`);
  try {
    const download = () =>
      execa("apt-get", ["--quiet", "download", "etcd-server", "etcd-client"], { cwd: temporary });
    await download().catch(async () => {
      await execa("apt-get", ["--quiet", "update"]);
      await download();
    });
    const root = path.join(temporary, "root");
    for (const file of fs.readdirSync(temporary).filter((name) => name.endsWith(".deb"))) {
      await execa("dpkg-deb", ["--extract", path.join(temporary, file), root]);
    }
    fs.renameSync(root, directory);
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}
