import { afterEach, expect, it, vi } from "vitest";
import {
  cancelUpdate,
  previewRestore,
  type RestoreSettings,
  removeStack,
  runRestore,
  undoRestore,
} from "../../automation/driver";
import { refusal } from "../support/refusals";

const settings: RestoreSettings = {
  cluster: "uc1",
  adminKubeconfig: "admin.kubeconfig",
  utilityImage: "i:1",
  restore: { id: "n1", snapshot: "s.db" },
};
afterEach(() => vi.unstubAllEnvs());

it("a pipeline that names no stack is told so, by every function", async () => {
  for (const options of [undefined, {}, { stack: "" }] as unknown as { stack: string }[]) {
    for (const work of [
      () => previewRestore(settings, options),
      () => runRestore(settings, options),
      () => undoRestore(options),
      () => removeStack(options),
      () => cancelUpdate(options),
    ])
      expect((await refusal(work())).message).toMatch(
        /^pulumi [a-z ]+: the option stack is required\. Give a name: /,
      );
  }
});

it("a function's operation is its own, whatever the settings say", async () => {
  const told = { ...settings, operation: "backup", backup: {} } as unknown as RestoreSettings;
  expect(await runRestore(told, { stack: "s" }).catch((error: Error) => error.message)).toMatch(
    /\n {2}backup: is not a key of this operation\./,
  );
});

it("says that there is no pulumi command", async () => {
  vi.stubEnv("PATH", "/nonexistent");
  expect((await refusal(previewRestore(settings, { stack: "s" }))).message).toBe(
    "The pulumi command cannot be used: it is not on PATH. Install Pulumi 3.200 or newer.",
  );
});
