import { waitUntil } from "../../waiting";
import type { Scene } from "../scene";

/** What the agent wrote last on its standard output. */
export interface AgentResult {
  readonly act: string;
  readonly done: boolean;
  readonly outcome?: string;
  readonly attempts?: readonly { readonly attack: string; readonly isRefused: boolean }[];
}

/** Jobs of the agent in the user cluster's namespace. */
export class AgentJobs {
  constructor(
    private readonly scene: Scene,
    private readonly namespace: string,
  ) {}

  async kubectl(...argv: string[]): Promise<string> {
    return (await this.scene.lab.kubectl(["-n", this.namespace, ...argv])).stdout;
  }

  /** The runtime merges standard output, the log and what Node warns of, in any order. */
  async resultOf(job: string): Promise<AgentResult> {
    const lines = (await this.kubectl("logs", `job/${job}`)).trim().split("\n");
    const said = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
    const result = said.find((line) => "act" in line);
    if (result === undefined) throw new Error(`job ${job}: said no result`);
    return result;
  }

  async start(cronJob: string, job: string): Promise<void> {
    await this.kubectl("create", "job", job, `--from=cronjob/${cronJob}`);
  }

  /** Runs a CronJob's Job at once, whatever comes of it. */
  async run(cronJob: string, job: string): Promise<AgentResult> {
    await this.start(cronJob, job);
    const ended = "jsonpath={.status.succeeded}{.status.failed}";
    await waitUntil({ what: `job ${job} to end`, timeoutSeconds: 180 }, async () =>
      /[1-9]/.test(await this.kubectl("get", "job", job, "-o", ended)),
    );
    return this.resultOf(job);
  }
}
