import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FakeGcs } from "../../gcs/fakeGcs";
import { makeCertificate } from "../../gcs/gateCertificate";
import { RoleGate } from "../../gcs/roleGate";
import type { Lab } from "../../lab";

/** The workstation's address, by which the lab's Pods call it too. */
const ADDRESS = "10.77.0.1";
const AUDIENCE = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/lab/providers/lab";
/** Where the vault's credential files say that a Pod's token is. */
const POD_TOKEN = "/var/run/secrets/etcd-recovery/token";

/** A bucket of fake-gcs-server, behind a gate that knows the cluster's tokens and the vault's rights. Must be stopped. */
export class VaultBucket {
  private constructor(
    private readonly lab: Lab,
    private readonly directory: string,
    readonly fake: FakeGcs,
    readonly gate: RoleGate,
    readonly name: string,
    /** File of the authority that signed the gate's certificate. */
    readonly authority: string,
  ) {}

  /** @param cluster whose ServiceAccounts stand for the identities */
  static async start(lab: Lab, cluster: string, directory: string): Promise<VaultBucket> {
    const fake = await FakeGcs.start(directory);
    const certificate = makeCertificate(join(directory, "gate"), [ADDRESS]);
    const { stdout: jwks } = await lab.kubectl(["get", "--raw", "/openid/v1/jwks"]);
    const account = (task: string) => `${cluster}/${cluster}-etcd-${task}`;
    const subjects = {
      uploader: account("backup"),
      reader: account("drill"),
      pruner: account("prune"),
      watcher: account("watch"),
    };
    const federation = { jwks, subjects, audience: AUDIENCE };
    const gate = await RoleGate.start(fake.url, ADDRESS, certificate, federation);
    return new VaultBucket(lab, directory, fake, gate, await fake.bucket(), certificate.authority);
  }

  get location(): string {
    return `gs://${this.name}/etcd`;
  }

  /** Settings of the schedules by which the cluster's Pods reach it. */
  async settings(): Promise<Record<string, string>> {
    const file = this.gate.credentials(POD_TOKEN, AUDIENCE);
    const roles = ["uploader", "reader", "pruner", "watcher"];
    return {
      "backup.store": this.location,
      "backup.schedules.endpoint": this.gate.url,
      "backup.schedules.endpointAuthority": await readFile(this.authority, "utf8"),
      ...Object.fromEntries(roles.map((role) => [`backup.schedules.credentials.${role}`, file])),
    };
  }

  /** Credentials on the workstation, by a token of the cluster for one of its ServiceAccounts. @returns the file's path */
  async credentials(namespace: string, account: string): Promise<string> {
    const argv = ["-n", namespace, "create", "token", account, "--audience", AUDIENCE, "--duration", "1h"];
    const { stdout } = await this.lab.kubectl(argv);
    const token = join(this.directory, `${account}.token`);
    await writeFile(token, stdout.trim(), { mode: 0o600 });
    const file = join(this.directory, `${account}.json`);
    await writeFile(file, this.gate.credentials(token, AUDIENCE), { mode: 0o600 });
    return file;
  }

  /** Environment of programs on the workstation that reach it. */
  environment(credentials: string): Record<string, string> {
    return {
      ETCD_RECOVERY_GCS_ENDPOINT: this.gate.url,
      GOOGLE_APPLICATION_CREDENTIALS: credentials,
      NODE_EXTRA_CA_CERTS: this.authority,
    };
  }

  /** Changes a byte of an object, past the gate, as a disk that rots. */
  async rot(object: string): Promise<void> {
    const address = `${this.fake.url}/storage/v1/b/${this.name}/o/${encodeURIComponent(object)}`;
    const bytes = Buffer.from(await (await fetch(`${address}?alt=media`)).arrayBuffer());
    const at = Math.floor(bytes.length / 2);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    const query = new URLSearchParams({ uploadType: "media", name: object });
    const upload = `${this.fake.url}/upload/storage/v1/b/${this.name}/o?${query}`;
    const answer = await fetch(upload, { method: "POST", body: bytes });
    if (!answer.ok) throw new Error(`${object}: ${answer.status} ${await answer.text()}`);
  }

  async stop(): Promise<void> {
    await this.gate.stop();
    await this.fake.stop();
  }
}
