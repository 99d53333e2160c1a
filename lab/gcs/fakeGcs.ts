import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import execa, { type ExecaChildProcess } from "execa";
import { freePort } from "../../agent/freePort";
import { GcsStore } from "../../store/gcsStore";
import { provideTools } from "../tools/provideTools";

const START_MS = 30_000;

/** fake-gcs-server on loopback, with nothing in it. Must be stopped. */
export class FakeGcs {
  private made = 0;
  private constructor(
    readonly url: string,
    private readonly child: ExecaChildProcess,
  ) {}

  /** A port that was free may be taken a moment later: then others are tried. @param directory for its log */
  static async start(directory: string): Promise<FakeGcs> {
    const program = (await provideTools({ only: ["fake-gcs-server"] })).path("fake-gcs-server");
    for (let tries = 1; ; tries += 1) {
      const server = await FakeGcs.launch(program, directory);
      if (await server.answers()) return server;
      await server.stop();
      if (tries === 3) throw new Error(readFileSync(join(directory, "fake-gcs.log"), "utf8"));
    }
  }

  private static async launch(program: string, directory: string): Promise<FakeGcs> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const log = openSync(join(directory, "fake-gcs.log"), "a");
    const argv = ["-scheme", "http", "-host", "127.0.0.1", "-port", `${port}`, "-backend", "memory"];
    const child = execa(program, [...argv, "-external-url", url], {
      stdio: ["ignore", log, log],
      reject: false,
    });
    closeSync(log);
    return new FakeGcs(url, child);
  }

  private async answers(): Promise<boolean> {
    for (
      const end = Date.now() + START_MS;
      Date.now() < end && this.child.exitCode === null;
      await sleep(50)
    ) {
      const answer = await fetch(`${this.url}/storage/v1/b?project=p`).catch(() => undefined);
      if (answer?.ok === true) return true;
    }
    return false;
  }

  /** Makes a bucket. @returns its name */
  async bucket(settings: object = {}): Promise<string> {
    const name = `bucket-${++this.made}`;
    const answer = await this.call("POST", "b?project=p", { name, ...settings });
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
    return name;
  }

  /** A store in a bucket of its own. */
  async store(prefix = "", endpoint = this.url): Promise<GcsStore> {
    return new GcsStore(await this.bucket(), prefix, { endpoint, seconds: 10 });
  }

  call(method: string, path: string, body?: object): Promise<Response> {
    const headers = { "content-type": "application/json" };
    return fetch(`${this.url}/storage/v1/${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
    } as RequestInit);
  }

  async stop(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child;
  }
}
