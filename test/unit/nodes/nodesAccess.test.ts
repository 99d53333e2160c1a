import { afterEach, describe, expect, it, vi } from "vitest";
import { withSecrets } from "../../../automation/step/secretsByStdin";
import type { SshKeys } from "../../../components/access/ssh/sshTarget";
import { parseNodesAccess, secretText, stepAccessOf, targetsOf } from "../../../components/nodes/nodesAccess";
import type { NodesCluster } from "../../../components/nodes/nodesCluster";

const endpoint = { port: 22, user: "ubuntu", hostKey: "ssh-ed25519 AAAA" };
const cluster = (keys: SshKeys): NodesCluster => ({
  ...{ name: "admin", profile: "gdc-admin", keys },
  machines: [{ ...endpoint, name: "cp-1", host: "10.0.0.10" }],
  jump: { ...endpoint, host: "10.0.0.2" },
});
/** What a step gets of its stack, by its arguments and its standard input. */
const given = (keys: SshKeys) => {
  const told = JSON.stringify({ substrate: stepAccessOf(cluster(keys)) });
  const { substrate } = JSON.parse(withSecrets(told, () => secretText(cluster(keys))) ?? "");
  return { told, access: parseNodesAccess(substrate) };
};

describe("what steps are told of the keys", () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each<[string, SshKeys, { byAgent: boolean; jumpByAgent: boolean; jumpHasKey: boolean }]>([
    ["a private key", { privateKey: "SECRET-a" }, { byAgent: false, jumpByAgent: false, jumpHasKey: false }],
    [
      "one each",
      { privateKey: "SECRET-a", jumpPrivateKey: "SECRET-b" },
      { byAgent: false, jumpByAgent: false, jumpHasKey: true },
    ],
    ["an agent", { agent: {} }, { byAgent: true, jumpByAgent: true, jumpHasKey: false }],
    [
      "an agent's keys, one each",
      { agent: { socket: "/s", publicKey: "p" }, jumpAgent: { publicKey: "q" } },
      { byAgent: true, jumpByAgent: true, jumpHasKey: false },
    ],
    [
      "an agent for the jump host",
      { privateKey: "SECRET-a", jumpAgent: {} },
      { byAgent: false, jumpByAgent: true, jumpHasKey: false },
    ],
    [
      "an agent for the machines",
      { agent: {}, jumpPrivateKey: "SECRET-b" },
      { byAgent: true, jumpByAgent: false, jumpHasKey: true },
    ],
  ])("%s arrives, and no argument has a secret", (_, keys, flags) => {
    const { told, access } = given(keys);
    expect(access).toMatchObject(keys);
    expect(told).not.toContain("SECRET");
    expect(targetsOf(access)).toMatchObject([flags]);
  });

  it("of an agent nothing is written down that another login would change", () => {
    const told = ["/tmp/ssh-1/agent.1", "/tmp/ssh-2/agent.2"].map((socket) => {
      vi.stubEnv("SSH_AUTH_SOCK", socket);
      return given({ agent: { publicKey: "p" } }).told;
    });
    expect(told[0]).toBe(told[1]);
    expect(told[0]).not.toMatch(/agent\.\d|SSH_AUTH/);
  });

  it.each<SshKeys>([{}, { privateKey: "a", agent: {} }])("%j is none that this program wrote", (keys) => {
    expect(() => parseNodesAccess({ ...stepAccessOf(cluster({})), ...keys })).toThrow(
      /none that this program/,
    );
  });
});
