import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type AnyAuthMethod, Client, type ConnectConfig, utils } from "ssh2";

/** How to reach one host; the defaults are in the inputs already, see `connectionDefaults`. */
export interface RemoteHost {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  readonly agentSocketPath?: string;
  /** In the form of authorized_keys; without it any host is believed. */
  readonly hostKey?: string;
  /** Failures of dialing that are put up with; -1 for any number. */
  readonly dialErrorLimit: number;
  /** Seconds for the TCP connection alone; 0 for any number. */
  readonly perDialTimeout: number;
}

/** The input `connection`. */
export interface RemoteConnection extends RemoteHost {
  readonly proxy?: RemoteHost;
}

/** What a dial may use. */
export interface DialContext {
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** Connects as the official plugin does, by the proxy where there is one. `close` ends both connections. */
export async function dial(
  connection: RemoteConnection,
  context: DialContext,
): Promise<{ client: Client; close: () => void }> {
  const { proxy, dialErrorLimit } = connection;
  const config = clientConfig(connection);
  if (proxy === undefined) {
    const client = await retry("Dial", dialErrorLimit, context, () => dialDirectly(connection, config));
    return { client, close: () => client.end() };
  }
  return prefixed("proxy", async () => {
    const proxyConfig = clientConfig(proxy);
    const bastion = await retry("Dial proxy", proxy.dialErrorLimit, context, () =>
      dialDirectly(proxy, proxyConfig),
    );
    try {
      const stream = await retry("Dial from proxy", dialErrorLimit, context, () =>
        dialFrom(bastion, connection),
      );
      const client = await handshake({ ...config, sock: stream as unknown as Socket });
      const close = () => {
        client.end();
        bastion.end();
      };
      return { client, close };
    } catch (error) {
      bastion.end();
      throw error;
    }
  });
}

/** What `ssh.Dial` of the official plugin's language does: TCP, then a handshake without a limit of time. */
async function dialDirectly(host: RemoteHost, config: ConnectConfig): Promise<Client> {
  const socket = connect({ host: host.host, port: host.port });
  const target = `dial tcp ${host.host}:${host.port}`;
  await new Promise<void>((resolve, reject) => {
    const fail = (reason: string) => {
      socket.destroy();
      reject(new Error(`${target}: ${reason}`));
    };
    const limit =
      host.perDialTimeout > 0 ? setTimeout(() => fail("i/o timeout"), host.perDialTimeout * 1000) : undefined;
    socket.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(limit);
      fail(error.code === "ECONNREFUSED" ? "connect: connection refused" : error.message);
    });
    socket.once("connect", () => {
      clearTimeout(limit);
      socket.removeAllListeners("error");
      resolve();
    });
  });
  return handshake({ ...config, sock: socket });
}

function dialFrom(bastion: Client, { host, port }: RemoteHost): Promise<NodeJS.ReadWriteStream> {
  return new Promise((resolve, reject) => {
    bastion.forwardOut("127.0.0.1", 0, host, port, (error, stream) =>
      error === undefined ? resolve(stream) : reject(new Error(`ssh: rejected: ${error.message}`)),
    );
  });
}

function handshake(config: ConnectConfig): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    client.once("ready", () => {
      client.removeAllListeners("error");
      // A connection that is lost later ends the command that runs on it, which says so.
      client.on("error", () => undefined);
      resolve(client);
    });
    client.on("error", (error: Error & { level?: string }) => {
      reject(new Error(`ssh: handshake failed: ${handshakeReason(error)}`));
      client.destroy();
    });
    client.once("close", () => reject(new Error("ssh: handshake failed: EOF")));
    client.connect(config);
  });
}

function handshakeReason(error: Error & { level?: string }): string {
  if (error.level === "client-authentication") {
    return "ssh: unable to authenticate, no supported methods remain";
  }
  return error.message.includes("verification failed") ? "ssh: host key mismatch" : error.message;
}

/** The order in which the official plugin asks for kinds of host keys, whichever one is pinned. */
const hostKeyKinds = [
  ...["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"],
  ...["rsa-sha2-256", "rsa-sha2-512", "ssh-rsa", "ssh-ed25519"],
] as const;

function clientConfig(host: RemoteHost): ConnectConfig {
  const { hostKey } = host;
  const expected = hostKey === undefined || hostKey === "" ? undefined : parseHostKey(hostKey);
  return {
    username: host.user,
    readyTimeout: 0,
    algorithms: { serverHostKey: [...hostKeyKinds] },
    hostVerifier: (key: Buffer) => expected === undefined || expected.equals(key),
    authHandler: authenticationMethods(host),
  };
}

function parseHostKey(text: string): Buffer {
  const key = utils.parseKey(text);
  if (key instanceof Error) {
    throw new Error("failed to parse host key: ssh: no key found");
  }
  return key.getPublicSSH();
}

/** Each way at most once, as the official plugin: with a private key the agent is not asked. */
function authenticationMethods(host: RemoteHost): AnyAuthMethod[] {
  const { user: username, privateKey, password } = host;
  const agent = host.agentSocketPath ?? process.env.SSH_AUTH_SOCK;
  return [
    { type: "none", username },
    ...(privateKey ? [publicKey(host, privateKey)] : []),
    ...(password ? passwordMethods(username, password) : []),
    ...(agent && !privateKey ? [{ type: "agent" as const, username, agent }] : []),
  ];
}

function publicKey({ user, privateKeyPassword }: RemoteHost, privateKey: string): AnyAuthMethod {
  const key = utils.parseKey(privateKey, privateKeyPassword);
  if (key instanceof Error) {
    const isLocked = /no passphrase given/.test(key.message);
    throw new Error(isLocked ? "ssh: this private key is passphrase protected" : "ssh: no key found");
  }
  return { type: "publickey", username: user, key };
}

function passwordMethods(username: string, password: string): AnyAuthMethod[] {
  return [
    { type: "password", username, password },
    {
      type: "keyboard-interactive",
      username,
      prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
    },
  ];
}

async function prefixed<T>(prefix: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`${prefix}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const firstDelayMilliseconds = 100;
const longestDelayMilliseconds = 5000;

/** Tries again after every kind of failure, until one more than `limit` has happened or the operation is cancelled. */
async function retry<T>(
  what: string,
  limit: number,
  { signal, log }: DialContext,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let failures = 0, delay = firstDelayMilliseconds; ; failures++, delay *= 1.5) {
    try {
      return await attempt();
    } catch (error) {
      if (limit >= 0 && failures + 1 > limit) {
        throw new Error(
          `after ${failures} failed attempts: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
    log(`${what} ${failures + 1}/${limit < 0 ? "inf" : limit} failed: retrying`);
    await sleep(Math.min(delay, longestDelayMilliseconds), undefined, { signal }).catch(() => {
      throw new Error(
        signal.reason?.name === "TimeoutError" ? "context deadline exceeded" : "context canceled",
      );
    });
  }
}
