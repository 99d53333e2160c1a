import { expect, it } from "vitest";
import { sshLine } from "../../../components/nodes/nodesAdvice";

const machine = { host: "10.0.0.1", port: 22, user: "ubuntu" };

it.each([
  [machine, undefined, "ssh ubuntu@10.0.0.1"],
  [{ ...machine, port: 2222 }, undefined, "ssh -p 2222 ubuntu@10.0.0.1"],
  [machine, { host: "jump", port: 22, user: "me" }, "ssh -J me@jump ubuntu@10.0.0.1"],
  [
    { ...machine, port: 2022 },
    { host: "fd00::1", port: 2222, user: "me" },
    "ssh -J me@[fd00::1]:2222 -p 2022 ubuntu@10.0.0.1",
  ],
])("advice names the ports of machine and jump host: %j %j", (one, jump, line) => {
  expect(sshLine(one, jump)).toBe(line);
});
