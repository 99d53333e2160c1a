import { describe, expect, it } from "vitest";
import { checkSource } from "../../lab/plugins/command/copyToRemote";
import { checkConnection, completeConnection } from "../../lab/plugins/command/remoteInputs";
import {
  isSecret,
  type PropertyMap,
  type PropertyValue,
  plain,
  secret,
  unknown,
} from "../../lab/plugins/rpc/values";

const token = "command:remote:Command";
const defaults = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };

describe("a connection", () => {
  it("gets defaults for both legs, and is secret as a whole", () => {
    const complete = completeConnection({ host: "h", user: "u", proxy: { host: "p", port: 2222 } });
    expect(isSecret(complete)).toBe(true);
    expect(plain(complete ?? null)).toEqual({
      ...defaults,
      host: "h",
      user: "u",
      proxy: { ...defaults, host: "p", port: 2222 },
    });
  });

  it("keeps secrets inside, and stays unknown in a preview", () => {
    const complete = completeConnection(secret({ host: "h", privateKey: secret("k") }));
    expect(plain(complete ?? null)).toEqual({ ...defaults, host: "h", privateKey: "k" });
    expect(completeConnection(unknown)).toBe(unknown);
    expect(completeConnection(undefined)).toBeUndefined();
  });

  it.each<[PropertyValue | undefined, RegExp[]]>([
    [{ host: "h" }, []],
    [secret({ host: "h", port: 22, dialErrorLimit: -1, proxy: { host: "p" } }), []],
    [unknown, []],
    [{ host: unknown }, []],
    [undefined, [/Missing required property 'connection'/]],
    [{ user: "u" }, [/Missing required property 'host'/]],
    [{ host: "h", key: "k" }, [/Unrecognized field 'key'/]],
    [{ host: "h", port: "22" }, [/Field 'port'.*must be a number/]],
    [{ host: "h", proxy: { host: "p", proxy: {} } }, [/Unrecognized field 'proxy'.*connection\.proxy/]],
    [{ host: "h", proxy: {} }, [/Missing required property 'host'.*connection\.proxy/]],
  ])("%j is refused for %j", (connection, reasons) => {
    const failures = checkConnection(token, connection);
    expect(failures).toHaveLength(reasons.length);
    for (const [index, reason] of reasons.entries()) expect(failures[index]?.reason).toMatch(reason);
    expect(failures.every(({ property }) => property === "connection")).toBe(true);
  });
});

const signature = "4dabf18193072939515e22adb298388d";
const asset = (content: PropertyMap) => ({ [signature]: "c44067f5952c0a294b673a41bacd8c17", ...content });
const archive = (content: PropertyMap) => ({ [signature]: "0def7320c3a5731c473e5ecbe6d01bc7", ...content });

it.each<[string, PropertyValue, string | undefined]>([
  ["a file", asset({ path: "f" }), undefined],
  ["a text", asset({ text: "" }), undefined],
  ["a directory", archive({ path: "d" }), undefined],
  ["an unknown", unknown, undefined],
  ["a secret file", secret(asset({ path: "f" })), undefined],
  ["an address", asset({ uri: "x" }), "asset must be a path-based file asset or a text asset"],
  ["an archive of assets", archive({ assets: {} }), "archive must be a path to a file or directory"],
  ["a plain text", "text", "either asset or archive must be set"],
])("to copy %s", (_, source, reason) => {
  expect(checkSource({ source })[0]?.reason).toBe(reason);
});
