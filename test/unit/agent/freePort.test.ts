import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { afterAll, expect, it } from "vitest";
import { freePort } from "../../../agent/freePort";

const servers: Server[] = [];
afterAll(() => servers.forEach((server) => void server.close()));

const listens = (port: number) =>
  new Promise<void>((done, fail) => {
    const server = createServer().once("error", fail);
    servers.push(server);
    server.listen(port, "127.0.0.1", done);
  });

it("gives ports that can be listened on, each once, and none that an outgoing connection may have", async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, freePort));
  expect(new Set(ports).size).toBe(50);
  const [lowest = 0] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split("\t").map(Number);
  for (const port of ports) expect(port).toBeLessThan(lowest);
  for (const port of ports) await listens(port);
});
