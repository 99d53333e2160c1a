import { describe, expect, it } from "vitest";
import { sshError } from "../../../../components/access/ssh/sshError";

const endpoint = { port: 22, user: "ubuntu", hostKey: "ssh-ed25519 AAAA" };
const target = {
  ...{ ...endpoint, name: "cp-1", host: "10.0.0.10" },
  jump: { ...endpoint, host: "10.0.0.2", user: "hop" },
  jumpHasKey: true,
};
const changed = (alias: string) =>
  `@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nThe fingerprint for the ED25519 key sent by the remote host is\nSHA256:abcDEF.\nHost key for ${alias} has changed and you have requested strict checking.\nHost key verification failed.\n`;

describe("what OpenSSH says, as a sentence that names the host", () => {
  it.each([
    [
      "key",
      "Received disconnect from 10.0.0.2 port 22:2: Too many authentication failures\nDisconnected from 10.0.0.2 port 22",
      /^jump host 10\.0\.0\.2: takes no more of the ssh-agent's keys.*--path ssh\.jump\.publicKey 'ssh-ed25519/,
    ],
    [
      "key",
      "Received disconnect from UNKNOWN port 65535:2: Too many authentication failures",
      /^machine cp-1 \(10\.0\.0\.10\) through jump host 10\.0\.0\.2: takes no more.*--path ssh\.publicKey/,
    ],
    [
      "hostKey",
      changed("machine-0"),
      /^machine cp-1 \(10\.0\.0\.10\): shows the ED25519 host key SHA256:abcDEF, not/,
    ],
    [
      "hostKey",
      changed("jump-0"),
      /^jump host 10\.0\.0\.2: shows the ED25519 host key SHA256:abcDEF, not the one that hostKey of ssh\.jump/,
    ],
    [
      "hostKey",
      "No ED25519 host key is known for jump-0 and you have requested strict checking.\nHost key verification failed.",
      /^jump host 10\.0\.0\.2: shows another host key/,
    ],
    [
      "key",
      "hop@10.0.0.2: Permission denied (publickey).\nConnection closed by UNKNOWN port 65535",
      /^jump host 10\.0\.0\.2: user hop is not let in with the given key\. Check the user, and ssh\.jump\.privateKey/,
    ],
    [
      "key",
      "ubuntu@10.0.0.10: Permission denied (publickey).",
      /^machine cp-1 \(10\.0\.0\.10\) through jump host 10\.0\.0\.2: user ubuntu is not let in/,
    ],
    [
      "refused",
      "ssh: connect to host 10.0.0.2 port 22: Connection refused\nConnection closed by UNKNOWN port 65535",
      /^jump host 10\.0\.0\.2: cannot be reached: ssh: connect to host 10\.0\.0\.2 port 22: Connection refused/,
    ],
    [
      "refused",
      "channel 0: open failed: connect failed: No route to host\nstdio forwarding failed",
      /^machine cp-1 \(10\.0\.0\.10\) through jump host 10\.0\.0\.2: cannot be reached/,
    ],
    ["timeout", "Timeout, server 10.0.0.10 not responding.", /^machine cp-1 .*does not answer/],
    [
      "timeout",
      "ssh: connect to host 10.0.0.2 port 22: Connection timed out",
      /^jump host .*does not answer/,
    ],
    ["other", "", /ssh ended: without a word/],
  ])("%s", (kind, stderr, sentence) => {
    const error = sshError(target, 0, stderr);
    expect(error.message).toMatch(sentence);
    expect(error.kind).toBe(kind);
    expect(error.remedy).toBeTruthy();
  });

  it("names the key that the jump host is reached with: the machines' where it has none of its own", () => {
    const denied = "hop@10.0.0.2: Permission denied (publickey).";
    const shared = sshError({ ...target, jumpHasKey: false }, 0, denied);
    expect(shared.message).toMatch(/^jump host 10\.0\.0\.2: user hop/);
    expect(shared.remedy).toMatch(/--path ssh\.privateKey </);
    expect(sshError(target, 0, denied).remedy).toMatch(/--path ssh\.jump\.privateKey </);
  });

  it("takes no machine's complaint for another's: the tenth is not the first", () => {
    expect(sshError(target, 1, changed("jump-10")).message).toMatch(/^machine cp-1/);
  });
});
