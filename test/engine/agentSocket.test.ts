import { local } from "@pulumi/command";
import { afterAll, beforeAll, expect, it } from "vitest";
import { stepAccessOf } from "../../components/nodes/nodesAccess";
import { EngineRecord, linesOf, TestHome } from "./pluginsHome";

/** What `ssh.agent true` leans on: a command finds the ssh-agent of the `pulumi` that runs it, not of one before. */
let home: TestHome;
beforeAll(async () => {
  home = await TestHome.open();
});
afterAll(() => home?.remove());

it("a command has SSH_AUTH_SOCK of the run that it is in, and another one changes nothing", async () => {
  const endpoint = { port: 22, user: "root", hostKey: "ssh-ed25519 AAAA" };
  const access = stepAccessOf({
    ...{ name: "c", profile: "kubeadm", keys: { agent: {} } },
    machines: [{ ...endpoint, name: "cp-1", host: "10.0.0.1" }],
  });
  const notes = home.path("notes");
  const note = (act: string) => `echo "${act} $SSH_AUTH_SOCK" >> ${notes}`;
  const stack = await home.stack("agents", async () => {
    const environment = { ETCD_RECOVERY_ARGUMENTS: JSON.stringify({ substrate: access }) };
    new local.Command("step", {
      create: note("create"),
      update: note("update"),
      delete: note("delete"),
      environment,
    });
  });
  const run = async (socket: string, act: "up" | "destroy") => {
    stack.workspace.envVars = { ...home.env, SSH_AUTH_SOCK: socket };
    const record = new EngineRecord();
    await stack[act]({ onEvent: record.onEvent });
    return record.changes;
  };
  expect(await run("/first/login", "up")).toEqual(["create step"]);
  expect(await home.stateFile("agents")).not.toContain("/first/login");
  expect(await run("/second/login", "up")).toEqual([]);
  await run("/third/login", "destroy");
  expect(await linesOf(notes)).toEqual(["create /first/login", "delete /third/login"]);
});
