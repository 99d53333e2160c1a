import { createPublicKey } from "node:crypto";
import { chmod, mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import execa from "execa";
import { writeTree } from "../files";

/** What a certificate says. */
export interface CertificateRequest {
  /** Path of the files without `.crt` and `.key`, below the PKI directory. */
  readonly file: string;
  /** For example "/O=system:masters/CN=admin". */
  readonly subject: string;
  readonly usages: readonly ("serverAuth" | "clientAuth")[];
  /** For example "DNS:localhost" or "IP:127.0.0.1". */
  readonly names?: readonly string[];
}

/** P-256 keys take 10 ms to make where RSA takes up to 200 ms; kubeadm offers both. */
const keyArguments = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
const config = join(__dirname, "openssl.cnf");

async function openssl(argv: readonly string[], keyPath: string): Promise<void> {
  await execa("openssl", argv);
  await chmod(keyPath, 0o600);
}

/** A certificate authority whose files are `<file>.crt` and `<file>.key` below a PKI directory. */
export class CertificateAuthority {
  readonly #directory: string;
  readonly #file: string;

  private constructor(directory: string, file: string) {
    this.#directory = directory;
    this.#file = file;
  }

  /** Makes an authority of that common name, valid for ten years. */
  static async make(directory: string, file: string, commonName: string): Promise<CertificateAuthority> {
    const path = join(directory, file);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const extensions = [
      "basicConstraints=critical,CA:TRUE",
      "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign",
    ];
    await openssl(
      [
        ...[
          "req",
          "-x509",
          "-config",
          config,
          ...keyArguments,
          "-days",
          "3650",
          "-subj",
          `/CN=${commonName}`,
        ],
        ...extensions.flatMap((extension) => ["-addext", extension]),
        ...["-keyout", `${path}.key`, "-out", `${path}.crt`],
      ],
      `${path}.key`,
    );
    return new CertificateAuthority(directory, file);
  }

  get certificatePath(): string {
    return join(this.#directory, `${this.#file}.crt`);
  }

  /** Makes a key and a certificate valid for a year. */
  async issue(request: CertificateRequest): Promise<void> {
    const path = join(this.#directory, request.file);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const extensions = [
      "basicConstraints=critical,CA:FALSE",
      "keyUsage=critical,digitalSignature,keyEncipherment",
      `extendedKeyUsage=${request.usages.join(",")}`,
      ...(request.names === undefined ? [] : [`subjectAltName=${request.names.join(",")}`]),
    ];
    const authority = join(this.#directory, this.#file);
    await openssl(
      [
        ...["req", "-x509", "-config", config, ...keyArguments, "-days", "365", "-subj", request.subject],
        ...["-CA", `${authority}.crt`, "-CAkey", `${authority}.key`],
        ...extensions.flatMap((extension) => ["-addext", extension]),
        ...["-keyout", `${path}.key`, "-out", `${path}.crt`],
      ],
      `${path}.key`,
    );
  }
}

/** Makes the key pair that signs service account tokens: `<file>.key` and `<file>.pub`. */
export async function makeSigningKey(directory: string, file: string): Promise<void> {
  const path = join(directory, file);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await openssl(
    ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", `${path}.key`],
    `${path}.key`,
  );
  const publicKey = createPublicKey(await readFile(`${path}.key`));
  // The mode that kubeadm gives it, although it is no secret.
  await writeTree(`${path}.pub`, publicKey.export({ type: "spki", format: "pem" }), 0o600);
}
