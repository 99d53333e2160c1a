import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { OpenRestore } from "../../../automation/recovery/openRestore";
import { explainWithoutStack, inOwnWords } from "../../../automation/recovery/ownWords";
import { resume } from "../../../automation/recovery/resume";
import { undo } from "../../../automation/recovery/undo";
import { performAct } from "../../../automation/step/runStep";
import { FailedError, RefusedError, UserError } from "../../../components/errors";

vi.mock("../../../automation/step/runStep", () => ({ performAct: vi.fn() }));
const root = join(__dirname, "..", "..", "..");

describe("advice of an act that no stack runs", () => {
  const [on, back] = ["etcd-recovery resume (same options)", "etcd-recovery undo (same options)"];

  it.each([
    [
      "Mend it, then 'pulumi up' goes on; 'pulumi destroy' goes back.",
      `Mend it, then '${on}' goes on; '${back}' goes back.`,
    ],
    ["pulumi up", on],
    ["pulumi destroy", back],
    ["kubectl delete pods -l a=b && pulumi up --refresh", `kubectl delete pods -l a=b; then: ${on}`],
    [
      "Start again with a new id: pulumi destroy, pulumi config set --path restore.id r1-2",
      `Start again with a new id: ${back}, pulumi config set --path restore.id r1-2`,
    ],
    [
      "'pulumi up' on its stack goes on, 'pulumi destroy' there goes back.",
      "'pulumi up' on its stack goes on, 'pulumi destroy' there goes back.",
    ],
    ["Look: kubectl get pods", "Look: kubectl get pods"],
  ])("%s", (remedy, own) => {
    expect(explainWithoutStack(new FailedError("etcd: silent.", remedy))).toBe(`etcd: silent.\n  ${own}`);
  });

  it("names a stack's command in no act's own advice", () => {
    const rooms = ["components/procedure/acts", "components/procedure/judgements"];
    const files = rooms.flatMap((room) =>
      readdirSync(join(root, room), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => join(root, room, name)),
    );
    const said = files.flatMap((file) => {
      const code = readFileSync(file, "utf8").replace(/\/\*\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
      return [...code.matchAll(/"([^"\n]*)"|`([^`\n]*)`/g)].map(([, plain, filled]) => plain ?? filled ?? "");
    });
    const commands = said.filter((text) => /pulumi (up|destroy)/.test(text));
    expect(commands.length).toBeGreaterThan(30);
    const left = commands
      .map((text) => explainWithoutStack(new RefusedError("x", text)))
      .filter((text) => /pulumi (up|destroy)/.test(text));
    for (const text of left) expect(text).toMatch(/on its stack|pulumi config set .* && pulumi up$/);
  });

  it.each([
    ["undo", undo],
    ["resume", resume],
  ])("is what %s shows", async (_, command) => {
    const remedy = "Mend it, then 'pulumi up' goes on.";
    vi.mocked(performAct).mockRejectedValue(new FailedError("kube-etcd-0: silent.", remedy));
    const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const ledger = { format: 1, id: "n1", kind: "restore", phase: "started", holder: "me", times: {} };
    const args = { format: 1, operation: "restore", id: "n1", request: {}, substrate: { kind: "hosted" } };
    const restore = { ledger, arguments: args, members: [] } as unknown as OpenRestore;
    await expect(command(restore)).rejects.toThrow("(see above)");
    const shown = stderr.mock.calls.map(([text]) => text).join("");
    stderr.mockRestore();
    expect(shown).toContain(`kube-etcd-0: silent.\n  Mend it, then '${on}' goes on.\n`);
  });
});

describe("what ends a command before anything has begun", () => {
  it.each<[string, UserError, string]>([
    [
      "a key that a machine does not take",
      new FailedError(
        "machine a: user x is not let in",
        "Check the user, and ssh.privateKey: pulumi config set --secret --path ssh.privateKey < KEYFILE",
      ),
      "machine a: user x is not let in. Check the user, and ssh.privateKey: --ssh-key FILE",
    ],
    [
      "an agent with more keys than a machine tries",
      new FailedError(
        "machine a: takes no more",
        "Name it: pulumi config set --path ssh.jump.publicKey 'ssh-ed25519 AAAA...'",
      ),
      "machine a: takes no more. Name it: ssh.jump.publicKey in the file of --machines",
    ],
    [
      "a machine that is none of a control plane",
      new RefusedError(
        "machine a: is none",
        "Name others: pulumi config set --path 'machines[0].host' ADDRESS",
      ),
      "machine a: is none. Name others: mend it in the file of --machines",
    ],
    ["what needs no command", new UserError("machine a: is none"), "machine a: is none"],
  ])("is said in the command's own options: %s", (_, error, said) => {
    const own = inOwnWords(error);
    expect(own.message).toBe(said);
    expect(own.constructor).toBe(error.constructor);
  });
});
