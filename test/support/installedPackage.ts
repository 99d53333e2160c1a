import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import execa, { type Options } from "execa";

const root = join(__dirname, "..", "..");
/** What a user's project has besides: the peers, of the versions that this checkout's lock has. */
const besides = ["@pulumi/pulumi", "@pulumi/command", "@pulumi/kubernetes", "@types/node", "typescript"];

/** The package as `npm run package` makes it, installed into an empty project; removed by `remove`. */
export class InstalledPackage {
  private constructor(
    private readonly scratch: string,
    readonly tarball: string,
  ) {}

  static async make(): Promise<InstalledPackage> {
    const scratch = await mkdtemp(join(tmpdir(), "etcd-recovery-package-"));
    const { name, version, devDependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    await execa("npm", ["--prefix", root, "run", "--silent", "package"], { cwd: scratch });
    const made = new InstalledPackage(scratch, join(scratch, `${name}-${version}.tgz`));
    await mkdir(made.project);
    await writeFile(join(made.project, "package.json"), '{"name":"user","private":true}\n');
    const packages = besides.map((one) => `${one}@${devDependencies[one]}`);
    const options = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
    await execa("npm", ["install", ...options, made.tarball, ...packages], { cwd: made.project });
    return made;
  }

  /** The directory of the user's project. */
  get project(): string {
    return join(this.scratch, "project");
  }

  /** The package's own directory in it. */
  get directory(): string {
    return join(this.project, "node_modules", "etcd-recovery");
  }

  /** Runs a program in the project, one of its own packages' first. */
  run(program: string, argv: readonly string[], options: Options = {}) {
    const own = { cwd: this.project, preferLocal: true, localDir: this.project, reject: false } as const;
    return execa(program, argv, { ...own, ...options });
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) await writeFile(join(this.project, name), text);
  }

  async remove(): Promise<void> {
    await rm(this.scratch, { recursive: true, force: true });
  }
}
