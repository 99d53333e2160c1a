import { chmod, mkdir, stat, statfs } from "node:fs/promises";
import { UserError } from "../components/errors";
import { planUserCluster } from "./clusters/userCluster";
import { assertRoot, removeLab, withLabLock } from "./down";
import { provideImageStore } from "./images/imageStore";
import type { Lab, LabOptions } from "./lab";
import { LabDirectory } from "./labDirectory";
import { LabStart } from "./labStart";
import type { LabState } from "./labState";
import type { CgroupLayout } from "./machines/cgroupLayout";
import { findCgroups } from "./machines/cgroups";
import { type Log, Stopwatch } from "./progress";
import { chooseShape, shapes } from "./shapes";
import { providePackages } from "./tools/debianPackages";
import { provideTools } from "./tools/provideTools";

/** What `startLab` does. */
export async function bringUp(options: LabOptions): Promise<Lab> {
  assertRoot();
  const log = options.log ?? (() => undefined);
  const paths = new LabDirectory(options.name ?? "lab");
  const cgroups = await findCgroups();
  await assertOneFileSystem();
  await providePackages(log);
  const tools = await provideTools({ log });
  const imageStore = await provideImageStore(tools, log);
  const plan = planLab(paths, options, { cgroups, imageStore, toolsDirectory: tools.directory });
  return withLabLock(paths, log, () => startAnew(paths, plan, log));
}

async function startAnew(paths: LabDirectory, plan: LabState, log: Log): Promise<Lab> {
  const watch = new Stopwatch();
  const say: Log = (line) => log(`${watch.toString().padStart(7)}  ${line}`);
  await removeLab(paths);
  await makeDirectory(paths);
  try {
    const lab = await new LabStart(paths, plan, say).run();
    say(`lab ${paths.name} is up`);
    return lab;
  } catch (error) {
    say(
      `what has started still runs, for a look at ${paths.path}; end it with: npm run lab -- down --name ${paths.name}`,
    );
    throw error;
  }
}

/** An overlay shows the host's root file system and none that is mounted below it. */
async function assertOneFileSystem(): Promise<void> {
  const { dev } = await stat("/");
  for (const directory of ["/etc", "/usr", "/usr/bin", "/usr/sbin", "/usr/lib"]) {
    if ((await stat(directory)).dev !== dev) {
      throw new UserError(
        `${directory} is a file system of its own, and the lab's machines see only the one of /.`,
        "Use a host, for example a virtual machine, with its programs on the root file system.",
      );
    }
  }
}

/** Refuses file systems on which neither overlays nor etcd's syncs behave as on a machine's disk. */
async function makeDirectory(paths: LabDirectory): Promise<void> {
  await mkdir(paths.path, { recursive: true, mode: 0o700 });
  await chmod(paths.path, 0o700);
  const { type } = await statfs(paths.path);
  const unfit = unfitFileSystems[type];
  if (unfit !== undefined) {
    throw new UserError(
      `${paths.path} is on ${unfit}, and machines need a real file system.`,
      "Set ETCD_RECOVERY_LAB_DIR to a directory on ext4 or xfs.",
    );
  }
}

/** By the magic number of statfs(2). */
const unfitFileSystems: Readonly<Record<number, string>> = {
  [0x794c7630]: "an overlay",
  [0x01021994]: "tmpfs",
  [0x6969]: "NFS",
};

interface LabParts {
  readonly cgroups: CgroupLayout;
  readonly imageStore: string;
  readonly toolsDirectory: string;
}

/** The state of a lab that is about to start. Throws UserError when the options cannot be met. */
function planLab(paths: LabDirectory, options: LabOptions, parts: LabParts): LabState {
  const { name: shape, workers } = chooseShape(options);
  const { cluster: name = "uc1" } = options;
  const { hostsUserClusters } = shapes[shape];
  return {
    version: 3,
    name: paths.name,
    startedAt: new Date().toISOString(),
    ready: false,
    ...parts,
    shape,
    etcdMount: options.etcdMount ?? false,
    workers,
    machines: {},
    userClusters: hostsUserClusters ? [planUserCluster(paths, { ...options, name }, workers, 0)] : [],
  };
}
