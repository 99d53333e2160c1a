import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Certificate and key of a server, PEM, and the file of the authority that clients must know. */
export interface GateCertificate {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly authority: string;
}

/** Makes an authority and a certificate of it for addresses; the authority's key is thrown away with the directory. */
export function makeCertificate(directory: string, addresses: readonly string[]): GateCertificate {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const openssl = (...argv: string[]) => execFileSync("openssl", argv, { cwd: directory, stdio: "ignore" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl(
    ...["req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=gate", "-days", "2"],
  );
  const names = addresses.map((one) => `IP:${one}`).join(",");
  writeFileSync(join(directory, "san"), `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`);
  openssl("req", ...key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=gate");
  const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san"];
  openssl("x509", "-req", "-in", "server.csr", "-out", "server.pem", ...by);
  const read = (name: string) => readFileSync(join(directory, name));
  return { cert: read("server.pem"), key: read("server.key"), authority: join(directory, "ca.pem") };
}
