import { afterAll, beforeAll, expect, it } from "vitest";
import type { Values } from "../../components/decided";
import { wishedRestore } from "../../components/restore/decideRestore";
import type { HostedRestoreArgs } from "../../components/restore/restoreArgs";
import { withChosenSnapshot } from "../../components/restore/wishedSnapshot";
import { DirectoryStore } from "../../store/directoryStore";
import { componentScene } from "../support/componentScene";
import { putBackups } from "../support/storedBackups";
import { EngineRecord, TestHome } from "./pluginsHome";

/** What is kept in the state of a real engine: the first choice, for one id and one wish. */
const scene = componentScene();
let home: TestHome;
let store: DirectoryStore;
beforeAll(async () => {
  home = await TestHome.open();
  store = new DirectoryStore(home.path("store"));
});
afterAll(async () => {
  scene.remove();
  await home?.remove();
});

const program = (id: string, snapshot: string) => async () => {
  const cluster = { name: "uc1", adminKubeconfig: scene.kubeconfig };
  const args = { cluster, utilityImage: "i:1", id, snapshot, store: store.location };
  const check = (values: Values<HostedRestoreArgs>) => wishedRestore("HostedRestore restore", values);
  return { snapshot: withChosenSnapshot<HostedRestoreArgs>("restore", args, undefined, check).snapshot };
};
const take = async (time: string) => {
  const [key] = await putBackups(store, { time });
  return store.address(`${key}/snapshot.db`);
};
const up = async (id: string, snapshot: string, expectNoChanges = false) => {
  const stack = await home.stack("chosen", program(id, snapshot));
  return (await stack.up({ expectNoChanges })).outputs.snapshot?.value;
};

it("says in the preview to what, keeps it whatever is taken since, and chooses anew for another id or wish", async () => {
  const first = await take("2026-11-25T02:00:00.000Z");
  const stack = await home.stack("chosen", program("one", "latest"));
  const preview = new EngineRecord();
  await stack.preview({ onEvent: preview.onEvent });
  expect(preview.text).toContain(`restore.snapshot: latest is now ${first}, taken `);
  expect(await up("one", "latest")).toBe(first);
  const second = await take("2026-11-26T02:00:00.000Z");
  expect(await up("one", "latest", true)).toBe(first);
  expect(await up("two", "latest")).toBe(second);
  expect(await up("two", "before:2026-11-26")).toBe(first);
  expect(await up("two", "before:2026-11-26", true)).toBe(first);
});
