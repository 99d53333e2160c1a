import { spawn } from "node:child_process";
import type { IncomingMessage, RequestListener } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { exitCodeOf } from "../../../automation/exitCode";
import { recover } from "../../../automation/recovery/recover";
import {
  type RecoveryOptions,
  recoveryCommand,
  type Way,
} from "../../../automation/recovery/recoveryCommand";
import { resumePlan, undoPlan } from "../../../automation/recovery/recoveryPlan";
import { type ForwardPhase, ledgerPhases } from "../../../components/procedure/ledgerRecord";
import { captured, cli } from "../../support/commandLine";
import { answer, Scene } from "../access/scene";

const names = JSON.stringify({
  ...{ MEMBERS: "kube-etcd-0 kube-etcd-1", ETCD_STATEFULSET: "kube-etcd", ETCD_CONTAINER: "kube-etcd" },
  ...{ ETCD_ENDPOINTS: "https://kube-etcd-0.kube-etcd:2379", ETCD_CLIENT_PORT: "2379" },
  ...{ ETCD_CA: "/pki/ca", ETCD_CERTIFICATE: "/pki/crt", ETCD_KEY: "/pki/key", DATA_CLAIM: "data" },
  ...{ APISERVER_STATEFULSET: "kube-apiserver", APISERVER_PDB: "pdb", MAINTENANCE: "m" },
  CONTROLLERS: "discover",
});
const time = "2026-01-01T00:00:00Z";

/** A restore that has come to a phase. */
function at(phase: ForwardPhase | "undone") {
  const reached = phase === "undone" ? ["open"] : ledgerPhases.slice(0, ledgerPhases.indexOf(phase) + 1);
  const times = Object.fromEntries([...reached, phase].map((one) => [one, time]));
  const ledger = {
    format: 1,
    id: "n1",
    kind: "restore" as const,
    phase,
    holder: "me@here",
    times,
    names,
    reach: {},
  };
  const substrate = { kind: "hosted" };
  const args = { format: 1, operation: "restore" as const, id: "n1", request: {}, substrate };
  return { ledger, arguments: args, members: ["e-0", "e-1"] };
}

describe("what a command says that it will do", () => {
  const tools = "remove the utility Pods of restore n1, where some are left";

  it("undo: of what was staged only, nothing serves otherwise", () => {
    expect(undoPlan(at("open"))).toMatchObject({
      state: `restore n1 is open since ${time}; me@here began it`,
      steps: ["clear what was staged on e-0, e-1", "say in the ledger that it is undone", tools],
    });
  });

  it("undo: of swapped data, all of it, in the order in which it is done", () => {
    const { steps, notes } = undoPlan(at("swapped"));
    expect(steps).toEqual([
      "stop controllers; maintenance of etcd; API servers; etcd",
      "put the previous data back on e-0, e-1",
      ...["start etcd as found", "start API servers as found", "start maintenance of etcd as found"],
      ...["put the PodDisruptionBudget back", "start controllers as found"],
      ...["say in the ledger that it is undone", tools],
    ]);
    expect(notes.join(" ")).toMatch(/API is away meanwhile.*previous data serves again.*only be finished/);
  });

  it("undo: what an earlier one has stopped and put back is not done again", () => {
    const swapped = at("swapped");
    const times = { ...swapped.ledger.times, undoing: time };
    const undoing = { ...swapped, ledger: { ...swapped.ledger, phase: "undoing" as const, times } };
    expect(undoPlan(undoing).steps).toEqual(undoPlan(swapped).steps);
    const back = { ...undoing, ledger: { ...undoing.ledger, times: { ...times, returned: time } } };
    const { steps, notes } = undoPlan(back);
    expect(steps).toEqual(undoPlan(swapped).steps.slice(2));
    expect(notes).toEqual([
      "An undo has come to this already: nothing is stopped or moved again. It can only be finished.",
    ]);
  });

  it("undo: after the commit no data goes back", () => {
    const { steps, notes } = undoPlan(at("committed"));
    expect(notes).toEqual(["It is committed: its data stays. What is still to be put back is put back."]);
    expect(steps.join()).not.toMatch(/stop|previous data/);
  });

  it("undo and resume: of what is over, only our own objects", () => {
    for (const plan of [undoPlan(at("finished")), undoPlan(at("undone")), resumePlan(at("finished"))])
      expect(plan.steps).toEqual([tools]);
  });

  it("resume: what the ledger does not have behind it", () => {
    const steps = resumePlan(at("started")).steps.map((step) => step.split(/[ :]/)[0]);
    expect(steps.slice(0, 3)).toEqual(["scale-up-etcd", "verify-etcd", "scale-up-apiservers"]);
    expect(steps).toContain("commit");
    expect(resumePlan(at("committed")).steps.join()).not.toMatch(/commit:|swap/);
  });
});

describe("undo and resume", () => {
  let scene: Scene;
  const asked: string[] = [];
  beforeAll(() => {
    scene = new Scene();
  });
  afterEach(() => {
    asked.length = 0;
    return scene.quiet();
  });
  afterAll(() => scene.end());

  /** A cluster with a ledger in this phase, which takes writes of it. @param other answers everything else */
  const cluster = async (
    phase: string,
    other: RequestListener = (_, response) => answer(response, 200, { items: [] }),
  ) => {
    let data: Record<string, string> = { id: "n1", phase, holder: "me@here", [phase]: time, names };
    const address = await scene.serve(async (request, response) => {
      asked.push(`${request.method} ${request.url?.split("?")[0]}`);
      if (request.url?.includes("/configmaps/etcd-recovery") !== true) return other(request, response);
      if (request.method !== "GET") data = JSON.parse(await bodyOf(request)).data;
      answer(response, 200, { metadata: { name: "etcd-recovery", resourceVersion: "1" }, data });
    });
    return ["--admin-kubeconfig", scene.kubeconfig(address, { token: "t" }), "-n", "uc1"];
  };
  /** The command as the program has it; what it runs is loaded by this process, not by `require`. */
  const run = (way: Way, ...argv: string[]) =>
    captured(scene.directory, async () => {
      const command = recoveryCommand(way).does((options: RecoveryOptions) => recover(way, options));
      try {
        await command.parseAsync(argv, { from: "user" });
      } catch (error) {
        process.exitCode = exitCodeOf(error);
        process.stderr.write(`${(error as Error).message}\n`);
      }
    });
  const onlyRead = () => expect(asked.filter((call) => !call.startsWith("GET"))).toEqual([]);

  it.each<[Way]>([["undo"], ["resume"]])("%s --dry-run shows the plan and changes nothing", async (way) => {
    const access = await cluster("swapped");
    const { exitCode, stdout } = await run(way, ...access, "--dry-run");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^Ledger: restore n1 is swapped since .*; me@here began it\.\n\nWhat \w+ does:\n {2}1\. /,
    );
    expect(stdout).toMatch(/\nDry run: nothing was changed\.$/);
    const json = JSON.parse((await run(way, ...access, "--dry-run", "-o", "json")).stdout);
    expect(json).toMatchObject({ schemaVersion: 1, command: way, id: "n1", phase: "swapped", dryRun: true });
    onlyRead();
  });

  it.each<[Way]>([["undo"], ["resume"]])(
    "%s without a terminal and without --yes: refuses, changes nothing",
    async (way) => {
      const { exitCode, stdout, stderr } = await run(way, ...(await cluster("swapped")));
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
      expect(stderr).toContain(
        "there is no terminal to ask at: nothing was changed. Look at it with --dry-run",
      );
      onlyRead();
    },
  );

  it("resume of what was given up is refused before anything is shown", async () => {
    const { exitCode, stderr } = await run("resume", ...(await cluster("undone")), "--yes");
    expect({ exitCode, stderr }).toEqual({
      exitCode: 3,
      stderr: "restore n1 is undone: it does not go on. Start a new restore.",
    });
    onlyRead();
  });

  it("says when it is done, by what the ledger says then", async () => {
    const access = await cluster("undone");
    const { exitCode, stdout } = await run("undo", ...access, "--yes");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Done in [\d.]+ s: restore n1 is undone\.$/);
    const json = JSON.parse((await run("undo", ...access, "--yes", "--json")).stdout);
    expect(json).toMatchObject({ schemaVersion: 1, phase: "undone", dryRun: false });
  });

  it("Ctrl-C: says what the ledger says, and how to go on; ends with 130", async () => {
    const access = await cluster("swapped", () => undefined);
    const child = spawn(process.execPath, [cli, "undo", ...access, "--yes"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += chunk));
    const ended = new Promise((done) => child.once("exit", done));
    while (!asked.some((call) => call.endsWith("/pods"))) await new Promise((done) => setTimeout(done, 50));
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(stderr).toMatch(/\nInterrupted\. .*\n(.*\n)*Ledger: restore n1 is undoing since /);
    expect(stderr).toMatch(
      /\nNothing goes on by itself\..*\nTo go on: {3}etcd-recovery undo --admin-kubeconfig '.*' --namespace uc1\n$/,
    );
    expect(stderr).not.toMatch(/\n +at /);
  }, 60_000);
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
