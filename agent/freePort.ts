import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

/** Below it are the ports of well-known services. */
const LOWEST = 15_000;
/** Linux's own default, where it cannot be asked. */
const EPHEMERAL = 32_768;
const TRIES = 100;

/**
 * A port of loopback on which nothing listens, for a server that is about to be started. It is none of those that the
 * kernel gives to outgoing connections: one of these may be in use again before the server has bound it.
 *
 * @throws Error when a hundred ports in a row are taken
 */
export async function freePort(): Promise<number> {
  const end = Math.max(firstEphemeral(), LOWEST + 1000);
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(LOWEST, end);
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
  throw new Error(`no free port between ${LOWEST} and ${end} after ${TRIES} tries`);
}

/** Nobody of this process is given the same one twice. */
const given = new Set<number>();

/** ip(7): "ip_local_port_range" */
function firstEphemeral(): number {
  try {
    return Number.parseInt(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8"), 10) || EPHEMERAL;
  } catch {
    return EPHEMERAL;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
