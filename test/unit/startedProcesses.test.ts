import { afterEach, describe, expect, it } from "vitest";
import { waitUntil } from "../../lab/waiting";
import { StartedProcesses } from "../support/faults/startedProcesses";

describe("started processes", () => {
  const processes = new StartedProcesses();

  afterEach(() => processes.end());

  const reach = (count: number) =>
    waitUntil(
      { what: `${count} processes`, timeoutSeconds: 5, intervalMilliseconds: 20 },
      async () => processes.living().length === count,
    );

  it("are ended with what a killed one has left, in its session or in one of its own", async () => {
    const ways = ["sleep 60 &", "setsid sleep 60 &", "env -i sleep 60 &", "sleep 60"];
    const options = { reject: false, stdio: "ignore" } as const;
    const parent = processes.start("/bin/sh", ["-c", ways.join("\n")], options);
    await reach(5);
    parent.kill("SIGKILL");
    await parent;
    expect(processes.living()).toHaveLength(4);
    await processes.end();
    expect(processes.living()).toEqual([]);
  });

  it("are not told by the number of a session that has ended: another one may have it by then", async () => {
    const options = { reject: false, stdio: "ignore" } as const;
    await processes.start("/bin/sh", ["-c", "exit 0"], options);
    expect(processes.known).toEqual([]);
    const parent = processes.start("/bin/sh", ["-c", "env -i sleep 60 &"], options);
    await parent;
    expect(processes.known).toEqual([parent.pid]);
    await processes.end();
    expect(processes.known).toEqual([]);
  });

  it("are no longer started after the close", async () => {
    const child = processes.start("sleep", ["60"], { reject: false });
    await processes.close();
    expect((await child).signal).toBe("SIGKILL");
    expect(() => processes.start("sleep", ["60"], {})).toThrow("sleep is not started");
  });
});
