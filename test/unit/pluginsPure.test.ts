import { describe, expect, it } from "vitest";
import { previewOutputs } from "../../lab/plugins/command/dependencies";
import { goQuote } from "../../lab/plugins/command/goQuote";
import { checkFields, localCommandFields } from "../../lab/plugins/command/inputs";
import { LogLines } from "../../lab/plugins/command/logLines";
import { markSecrets, readCheckpoint, writeCheckpoint } from "../../lab/plugins/kubernetes/checkpoint";
import { takeOver } from "../../lab/plugins/kubernetes/fieldManagers";
import { forceNewFields } from "../../lab/plugins/kubernetes/forceNew";
import { adoptAutoname, autoname } from "../../lab/plugins/kubernetes/naming";
import { diffObjects } from "../../lab/plugins/kubernetes/objectDiff";
import { pruneLive } from "../../lab/plugins/kubernetes/prune";
import { canonicalQuantity } from "../../lab/plugins/kubernetes/quantity";
import { diffMaps, formatPath } from "../../lab/plugins/rpc/propertyDiff";
import {
  containsSecret,
  deepEquals,
  type PropertyMap,
  plain,
  secret,
  unknown,
} from "../../lab/plugins/rpc/values";

describe("values on the wire", () => {
  it("wraps a secret once, and takes every envelope off", () => {
    const wrapped = secret(secret("sesame"));
    expect(plain({ deep: [wrapped] })).toEqual({ deep: ["sesame"] });
    expect(containsSecret({ deep: [wrapped] })).toBe(true);
    expect(secret(unknown)).toBe(unknown);
  });

  it("compares content and secretness, whatever the order of keys", () => {
    expect(deepEquals({ a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true);
    expect(deepEquals("x", secret("x"))).toBe(false);
    expect(deepEquals({ a: 1 }, { b: 1 })).toBe(false);
  });

  it("finds leaves that differ and writes their paths as the engine does", () => {
    const olds = { same: 1, list: ["a", "b"], map: { "a.b": 1 }, gone: true };
    const news = { same: 1, list: ["a", "c", "d"], map: { "a.b": 2 }, nothing: null };
    expect(diffMaps(olds, news).map((change) => `${change.kind} ${formatPath(change.path)}`)).toEqual([
      "delete gone",
      "update list[1]",
      "add list[2]",
      'update map["a.b"]',
    ]);
  });
});

describe("the command plugin", () => {
  it.each([
    ["plain", '"plain"'],
    ['a "b"\n\tc\\', '"a \\"b\\"\\n\\tc\\\\"'],
    ["\u0001\u007fé", '"\\x01\\x7fé"'],
  ])("quotes %j as Go does", (text, quoted) => {
    expect(goQuote(text)).toBe(quoted);
  });

  it("refuses fields that do not exist and values of a wrong type, unknown and secret ones excepted", () => {
    const inputs = { create: secret("x"), update: unknown, environment: { A: 1 }, comand: "typo", stdin: 5 };
    expect(checkFields("t", localCommandFields, inputs).map((failure) => failure.property)).toEqual([
      "environment",
      "comand",
      "stdin",
    ]);
  });

  it("knows in a preview what mirrors an input, and the rest only when no input has changed", () => {
    const outputs = { create: "x", stdout: "old" };
    expect(previewOutputs(outputs, { create: "x" }, undefined, ["create"])).toEqual({
      create: "x",
      stdout: unknown,
    });
    expect(previewOutputs(outputs, { create: "x" }, { create: "x" }, ["create"])).toEqual(outputs);
    expect(previewOutputs(outputs, { create: "x" }, { create: "y" }, ["create"]).stdout).toBe(unknown);
  });

  it("cuts output into lines as they become whole, and notices one that cannot be logged", () => {
    const lines: string[] = [];
    const log = new LogLines((line) => lines.push(line));
    expect(log.push("one\ntw")).toBe(true);
    expect(log.push("o\r\nrest")).toBe(true);
    log.end();
    expect(lines).toEqual(["one", "two", "rest"]);
    expect(log.push("x".repeat(64 * 1024))).toBe(false);
  });
});

describe("quantities", () => {
  it.each([
    ["0.5", "500m"],
    ["1000m", "1"],
    ["1024Mi", "1Gi"],
    ["1.5Gi", "1536Mi"],
    ["1500", "1500"],
    ["2000000", "2M"],
    ["1e3", "1e3"],
    ["0", "0"],
    ["-0.5", "-500m"],
    ["no quantity", "no quantity"],
  ])("%s is kept by the API server as %s", (given, kept) => {
    expect(canonicalQuantity(given)).toBe(kept);
  });
});

describe("objects", () => {
  const pod = (spec: PropertyMap): PropertyMap => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec,
  });
  const differing = (old: PropertyMap, now: PropertyMap) =>
    diffObjects(old, now, forceNewFields(now, { configMap: false, secret: false }));

  it("prunes what the server filled in", () => {
    const live: PropertyMap = { spec: { a: 1, b: 2, list: [{ x: 1, y: 2 }, { x: 3 }] }, status: {} };
    expect(pruneLive(live, { spec: { a: 0, list: [{ x: 0 }] } })).toEqual({
      spec: { a: 1, list: [{ x: 1 }] },
    });
  });

  it("replaces a Pod for its image, updates it for its deadline", () => {
    const old = pod({ containers: [{ name: "c", image: "a" }], activeDeadlineSeconds: 1 });
    const now = pod({ containers: [{ name: "c", image: "b" }], activeDeadlineSeconds: 2 });
    expect(differing(old, now)).toEqual({
      "spec.containers[0].image": "update-replace",
      "spec.activeDeadlineSeconds": "update",
    });
  });

  it("replaces a Pod for a container that is new as a whole", () => {
    const old = pod({ containers: [{ name: "c" }] });
    expect(differing(old, pod({ containers: [{ name: "c" }, { name: "d", image: "x" }] }))).toEqual({
      "spec.containers[1]": "add-replace",
    });
  });

  it("replaces a ConfigMap for its data and updates its labels", () => {
    const map = (data: string, label: string): PropertyMap => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "m", labels: { l: label } },
      data: { key: data },
    });
    expect(differing(map("1", "1"), map("2", "2"))).toEqual({
      "data.key": "update-replace",
      "metadata.labels.l": "update",
    });
  });

  it("takes what the server does not keep for no difference, and an unknown for one", () => {
    expect(differing(pod({}), pod({ hostNetwork: false, tolerations: [] }))).toEqual({});
    expect(differing(pod({ nodeName: "a" }), pod({ nodeName: unknown }))).toEqual({
      "spec.nodeName": "update-replace",
    });
  });

  it("names an unnamed object, equally for equal seeds, and keeps the name afterwards", () => {
    const seed = Buffer.from("seed");
    const named = autoname({ kind: "Pod" }, "utility", seed);
    expect(named).toEqual(autoname({ kind: "Pod" }, "utility", seed));
    expect(JSON.stringify(named)).toMatch(/"name":"utility-[0-9a-f]{8}"/);
    expect(adoptAutoname({ kind: "Pod" }, named)).toEqual(named);
    expect(autoname({ metadata: { name: unknown } }, "utility", seed)).toEqual({
      metadata: { name: unknown },
    });
  });

  it("marks in the state what is secret in the inputs, and all data of a Secret", () => {
    const inputs = { data: { open: "a", hidden: secret("b") } };
    const state = writeCheckpoint(
      {
        inputs: { data: { open: "a", hidden: "b" } },
        live: { data: { open: "a", hidden: "b" } },
        initialApiVersion: "v1",
        fieldManager: "m",
      },
      inputs,
    );
    expect(state.data).toEqual(inputs.data);
    expect(state.__inputs).toEqual(inputs);
    expect(readCheckpoint(state).live).toEqual({ data: { open: "a", hidden: "b" } });
    expect(containsSecret(markSecrets({ kind: "Secret", data: { a: "b" } }, {}))).toBe(true);
  });

  it("moves the fields of a plain create to the manager of server-side apply", () => {
    const update = { manager: "ours", operation: "Update", fieldsV1: { "f:data": { "f:a": {} } } };
    const apply = { manager: "ours", operation: "Apply", fieldsV1: { "f:data": { "f:b": {} } } };
    const theirs = { manager: "theirs", operation: "Update", fieldsV1: {} };
    const live = { metadata: { managedFields: [update, theirs, apply] } };
    expect(takeOver(live, "ours")).toEqual([
      { manager: "ours", operation: "Apply", fieldsV1: { "f:data": { "f:a": {}, "f:b": {} } } },
      theirs,
    ]);
    expect(takeOver({ metadata: { managedFields: [apply, theirs] } }, "ours")).toBeUndefined();
  });
});
