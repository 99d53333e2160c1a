import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { attackBucket } from "../../store/gcsAttack";
import { openBucket } from "../../store/gcsBucket";
import { GcsStore } from "../../store/gcsStore";
import { BackupVault } from "../../vault/backupVault";
import type { SmokeVault } from "./smokeGcs";
import { vaultOf } from "./smokeOptions";

const WAIT_MS = 10_000;

/** What a vault is made of here. */
export interface GoogleVaultOptions {
  readonly project: string;
  readonly location: string;
  /** Receives Pulumi's own text. */
  readonly onOutput: (text: string) => void;
}

/**
 * A vault in a real project, by the official plugin, its state in a directory that goes with it. The uploader has a key file,
 * since nobody's Pod can stand for it here; an organization may forbid those (constraints/iam.disableServiceAccountKeyCreation).
 */
export class GoogleVault implements SmokeVault {
  readonly uploader: GcsStore;
  readonly own: GcsStore;
  #stack: Stack | undefined;

  private constructor(
    private readonly options: GoogleVaultOptions,
    readonly bucket: string,
    private readonly directory: string,
  ) {
    this.uploader = new GcsStore(bucket, "", { credentialsFile: this.#keyFile() });
    this.own = new GcsStore(bucket, "");
  }

  /** Nothing is made yet; names are short, and of nobody else. */
  static async planned(options: GoogleVaultOptions): Promise<GoogleVault> {
    const directory = await mkdtemp(join(tmpdir(), "etcd-recovery-smoke-"));
    return new GoogleVault(options, `etcd-smoke-${randomBytes(4).toString("hex")}`, directory);
  }

  async up(): Promise<void> {
    const { project, location, onOutput } = this.options;
    const [state, workDir] = [join(this.directory, "state"), join(this.directory, "work")];
    for (const one of [state, workDir]) await mkdir(one);
    const passphrase = randomBytes(16).toString("hex");
    await writeFile(this.#passphraseFile(), passphrase, { mode: 0o600 });
    const program = async () => {
      const vault = new BackupVault("smoke", vaultOf({ project, location, bucket: this.bucket }));
      return { uploaderKey: vault.uploaderKey };
    };
    this.#stack = await LocalWorkspace.createOrSelectStack(
      { stackName: "smoke", projectName: "etcd-recovery-smoke", program },
      { workDir, envVars: { PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: passphrase } },
    );
    const { outputs } = await this.#stack.up({ onOutput });
    const key = Buffer.from(String(outputs.uploaderKey?.value ?? ""), "base64");
    await writeFile(this.#keyFile(), key, { mode: 0o600 });
  }

  attack() {
    const of = { bucket: this.bucket, prefix: "", cluster: "smoke" };
    return attackBucket(of, { credentialsFile: this.#keyFile() });
  }

  async destroy(): Promise<readonly string[]> {
    const { project, location, onOutput } = this.options;
    if (this.#stack === undefined) {
      await rm(this.directory, { recursive: true, force: true });
      return [];
    }
    const bucket = openBucket(this.bucket, {});
    const [isThere] = await bucket.exists();
    if (isThere) {
      await bucket.deleteFiles({ versions: true, force: true });
      await bucket.delete();
    }
    await unprotect(this.#stack);
    await this.#stack.destroy({ onOutput });
    await rm(this.directory, { recursive: true, force: true });
    const ring = `--keyring ${this.bucket} --location ${location.toLowerCase()} --project ${project}`;
    return [
      `the key ring ${this.bucket}, which Google never deletes, and its key: gcloud kms keys versions destroy 1 --key backups ${ring}`,
    ];
  }

  async wait(): Promise<void> {
    await sleep(WAIT_MS);
  }

  /** Where the state is while it is not destroyed. */
  get place(): string {
    return this.directory;
  }

  get afterwards(): string {
    const env = `PULUMI_BACKEND_URL=file://${this.directory}/state PULUMI_CONFIG_PASSPHRASE_FILE=${this.#passphraseFile()}`;
    return `what was made: cd ${this.directory}/work && ${env} sh -c 'pulumi state unprotect --all --yes --stack smoke; pulumi destroy --stack smoke'; gcloud storage rm --recursive --all-versions gs://${this.bucket}`;
  }

  #passphraseFile(): string {
    return join(this.directory, "passphrase");
  }

  #keyFile(): string {
    return join(this.directory, "uploader.json");
  }
}

/** What holds data is protected: here nothing does. */
async function unprotect(stack: Stack): Promise<void> {
  const state = await stack.exportStack();
  const deployment = state.deployment as { resources?: { protect?: boolean }[] };
  for (const resource of deployment.resources ?? []) delete resource.protect;
  await stack.importStack(state);
}
