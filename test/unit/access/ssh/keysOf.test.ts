import { describe, expect, it } from "vitest";
import type { SshKeys } from "../../../../components/access/ssh/sshTarget";
import { type KeySettings, keysOf } from "../../../../components/config/sshSchema";

/** What opens the machines and the jump host, by the settings of `ssh`. */
describe("keysOf", () => {
  it.each<[KeySettings & { readonly jump?: KeySettings }, SshKeys]>([
    [{ privateKey: "k" }, { privateKey: "k" }],
    [{ privateKey: "k", jump: {} }, { privateKey: "k" }],
    [
      { privateKey: "k", jump: { privateKey: "j" } },
      { privateKey: "k", jumpPrivateKey: "j" },
    ],
    [{ agent: true }, { agent: {} }],
    [{ agent: "/s", publicKey: "p" }, { agent: { socket: "/s", publicKey: "p" } }],
    [
      { agent: "/s", publicKey: "p", jump: { publicKey: "q" } },
      { agent: { socket: "/s", publicKey: "p" }, jumpAgent: { socket: "/s", publicKey: "q" } },
    ],
    [
      { agent: true, jump: { privateKey: "j" } },
      { agent: {}, jumpPrivateKey: "j" },
    ],
    [
      { privateKey: "k", jump: { agent: true } },
      { privateKey: "k", jumpAgent: {} },
    ],
    // A file's public key for the jump host, beside a key that an option gives.
    [{ privateKey: "k", jump: { publicKey: "q" } }, { privateKey: "k" }],
  ])("%j: %j", (settings, keys) => {
    expect(keysOf(settings)).toEqual(keys);
  });
});
