import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { judgePrivateKey, keyText } from "../../../../components/access/ssh/privateKey";

describe("a private key's content", () => {
  let directory: string;
  const made = (name: string, ...argv: string[]) => {
    const file = join(directory, name);
    execFileSync("ssh-keygen", ["-q", "-f", file, ...argv]);
    return readFileSync(file, "utf8");
  };
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "etcd-recovery-keys-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("is taken as ssh-keygen makes it, and gets back the line feed that it lost", () => {
    const key = made("plain", "-t", "ed25519", "-N", "");
    expect(judgePrivateKey(key)).toBeUndefined();
    expect(judgePrivateKey(key.trim())).toBeUndefined();
    expect(keyText(key.trim())).toBe(key);
    expect(judgePrivateKey(made("rsa", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""))).toBeUndefined();
  });

  it("is refused with a passphrase, as a public one, as a path; its text is never quoted", () => {
    expect(judgePrivateKey(made("locked", "-t", "ed25519", "-N", "secret"))).toMatch(/has a passphrase/);
    expect(judgePrivateKey(made("pem", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "secret"))).toMatch(
      /has a passphrase/,
    );
    expect(judgePrivateKey(readFileSync(join(directory, "locked.pub"), "utf8"))).toMatch(/is a public key/);
    expect(judgePrivateKey("/home/op/.ssh/id_ed25519")).toMatch(/no private key .*not its path/);
    expect(judgePrivateKey("/home/op/.ssh/id_ed25519")).not.toContain("/home");
  });
});
