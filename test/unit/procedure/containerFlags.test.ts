import { expect, it } from "vitest";
import { type ContainerCommand, flagOf, worksUnelected } from "../../../components/procedure/containerFlags";

const env = (name: string, value?: string): ContainerCommand["env"] => [
  { name, ...(value === undefined ? {} : { value }) },
];

it.each<[string, ContainerCommand, string | undefined]>([
  ["a word of its own", { command: ["etcd", "--data-dir=/d"] }, "/d"],
  ["two words", { command: ["etcd"], args: ["--data-dir", "/d"] }, "/d"],
  ["one dash", { command: ["etcd", "-data-dir=/d"] }, "/d"],
  ["the last of several", { command: ["etcd", "--data-dir=/a", "--data-dir=/d"] }, "/d"],
  ["arguments behind the command", { command: ["etcd", "--data-dir=/a"], args: ["--data-dir=/d"] }, "/d"],
  ["a shell's text", { command: ["sh", "-c", 'exec etcd --data-dir="/d" --name=x'] }, "/d"],
  ["a shell's environment", { command: ["sh", "-c", "ETCD_DATA_DIR=/d exec etcd"] }, "/d"],
  ["a shell's variable", { command: ["sh", "-c", "etcd $FLAGS"], env: env("FLAGS", "--data-dir=/d") }, "/d"],
  ["the environment", { command: ["etcd"], env: env("ETCD_DATA_DIR", "/d") }, "/d"],
  [
    "a flag before the environment",
    { command: ["etcd", "--data-dir=/d"], env: env("ETCD_DATA_DIR", "/e") },
    "/d",
  ],
  ["a reference in the environment", { command: ["etcd"], env: env("ETCD_DATA_DIR") }, undefined],
  ["another flag", { command: ["etcd", "--data-dir-other=/d"] }, undefined],
  ["no dash", { command: ["data-dir=/d"] }, undefined],
  ["nothing", {}, undefined],
  ["an empty value", { command: ["etcd", "--data-dir="] }, undefined],
])("a flag's value: %s", (_, container, value) => {
  expect(flagOf(container, "data-dir")).toBe(value);
});

it.each([
  ["--leader-elect=false", true],
  ["--leader-elect=true", false],
  ["--leader-elect", false],
  ["--leader-elect-lease-duration=15s", false],
  ["--leader-elect-resource-name=uc1-scheduler", true],
  ["--leader-elect-resource-name=kube-scheduler", false],
  ["--leader-elect-resource-namespace=control", true],
  ["--leader-elect-resource-namespace=kube-system", false],
])("%s", (flag, unelected) => {
  expect(worksUnelected({ command: ["kube-scheduler", flag, "--v=2"] })).toBe(unelected);
});
