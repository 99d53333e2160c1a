import { setTimeout as sleep } from "node:timers/promises";

const PAUSES_MS = [500, 2_000];

/**
 * Whether a host that is up, but busy, complains like this before it lets anybody in: its sshd took the connection but was
 * too slow to say its name, or drops new ones (sshd_config's MaxStartups). A closed port, and a machine that is off,
 * complain otherwise, except behind a jump host.
 *
 * @param stderr of OpenSSH
 */
export const isBusy = (stderr: string): boolean =>
  /timed out during banner exchange|kex_exchange_identification: .*(closed|reset)|Not allowed at this time/i.test(
    stderr,
  );

/**
 * Makes a connection, at most three times where the host was busy. Nothing has been done there by one that failed.
 *
 * @param connect gives a connection, or what OpenSSH said instead
 */
export async function connectAgain<T>(
  connect: () => Promise<T | string>,
  pauses = PAUSES_MS,
): Promise<T | string> {
  for (const wait of pauses) {
    const connection = await connect();
    if (typeof connection !== "string" || !isBusy(connection)) return connection;
    await sleep(wait * (0.5 + Math.random()));
  }
  return connect();
}
