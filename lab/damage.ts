import { randomBytes } from "node:crypto";
import { open, readdir, readFile, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../components/errors";
import { memberVolumePath, ordinals } from "./clusters/userEtcd";
import type { DamageOptions, Lab, UserCluster } from "./lab";
import { killNow } from "./machines/processes";
import { waitUntil } from "./waiting";

/**
 * Overwrites members' data with garbage on their nodes' disks while they run, then ends their processes, because a
 * running etcd answers from memory for a long time. Returns when the kubelet has seen each of them fail to start.
 */
export async function damageMembers(lab: Lab, options: DamageOptions): Promise<void> {
  const cluster = lab.userCluster(options.cluster);
  const members = chosenMembers(cluster, options.members ?? [0, 1]);
  await Promise.all(members.map((ordinal) => ruin(memberDirectory(lab, cluster, ordinal))));
  await Promise.all(
    members.map((ordinal) => endHolders(join(memberDirectory(lab, cluster, ordinal), "snap", "db"))),
  );
  await Promise.all(members.map((ordinal) => awaitFailure(lab, cluster, ordinal)));
}

/** Checks the members against the cluster. */
export function chosenMembers(cluster: UserCluster, members: readonly number[] | "all"): readonly number[] {
  const existing = ordinals(cluster.members);
  const chosen = members === "all" ? existing : [...new Set(members)];
  const unknown = chosen.filter((ordinal) => !existing.includes(ordinal));
  if (unknown.length > 0 || chosen.length === 0) {
    const wrong = chosen.length === 0 ? "No member was named" : `There is no member ${unknown.join(", ")}`;
    throw new UserError(
      `${wrong} of the user cluster ${cluster.name}.`,
      `Choose from ${existing.join(", ")}, or all.`,
    );
  }
  return chosen;
}

function memberDirectory(lab: Lab, cluster: UserCluster, ordinal: number): string {
  const node = cluster.memberNodes[ordinal];
  if (node === undefined) {
    throw new Error(`member ${ordinal} of ${cluster.name} has no node`);
  }
  return join(lab.machinePath(node, memberVolumePath(cluster.name, ordinal)), "member");
}

async function ruin(member: string): Promise<void> {
  const logs = (await readdir(join(member, "wal"))).filter((name) => name.endsWith(".wal"));
  const files = [join(member, "snap", "db"), ...logs.map((name) => join(member, "wal", name))];
  await Promise.all(files.map(overwrite));
}

/** Replaces a file's bytes in place: same name, same length, nothing of the old content. */
async function overwrite(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    const { size } = await file.stat();
    const garbage = randomBytes(2 ** 20);
    for (let position = 0; position < size; position += garbage.length) {
      await file.write(garbage, 0, Math.min(garbage.length, size - position), position);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Ends the processes that have a file open: whose they are does not matter, for only that member opens its data. */
async function endHolders(path: string): Promise<void> {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const holds = await Promise.all(processes.map((pid) => hasOpen(pid, path)));
  for (const pid of processes.filter((_, index) => holds[index])) {
    killNow(Number(pid));
  }
}

/** Containers see the file under another path, so the open file's end is compared, and its identity with it. */
async function hasOpen(pid: string, path: string): Promise<boolean> {
  if ((await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")) !== "etcd\n") {
    return false;
  }
  const wanted = await identityOf(path);
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const descriptor of descriptors) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
    if (
      target.endsWith("/member/snap/db") &&
      (await identityOf(`/proc/${pid}/fd/${descriptor}`)) === wanted
    ) {
      return true;
    }
  }
  return false;
}

async function identityOf(path: string): Promise<string> {
  const { dev, ino } = await stat(path);
  return `${dev}:${ino}`;
}

async function awaitFailure(lab: Lab, cluster: UserCluster, ordinal: number): Promise<void> {
  const pod = `kube-etcd-${ordinal}`;
  const failed =
    "{.status.containerStatuses[0].ready} {.status.containerStatuses[0].lastState.terminated.exitCode}";
  await waitUntil(
    { what: `${pod} of ${cluster.name} to fail on its damaged data`, timeoutSeconds: 60 },
    async () => {
      const answer = await lab.kubectl(["-n", cluster.name, "get", "pod", pod, "-o", `jsonpath=${failed}`]);
      const [ready, exitCode] = answer.stdout.split(" ");
      // 137 is our own kill; what counts is the end of the process that met the garbage.
      return ready === "false" && exitCode !== undefined && exitCode !== "" && exitCode !== "137";
    },
  );
}
