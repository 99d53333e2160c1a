import { type GcsOptions, openBucket } from "../gcsBucket";
import { credentialsProblem } from "../gcsCredentials";
import { StoreError } from "../storeError";
import type { MetricName, Sample } from "./metrics";

/** Where samples are written to. */
export interface MonitoringTarget {
  /** Id of the project. */
  readonly project: string;
  /** Whose backups they tell of; alert policies of one vault look at its own alone. */
  readonly bucket: string;
  /** Another address than Google's: a private endpoint, or a server of a test; by plain http no credentials are sent. */
  readonly endpoint?: string | undefined;
}

const ENDPOINT = "https://monitoring.googleapis.com";
/** The service takes so many series in a request (projects.timeSeries.create). */
export const SERIES_A_REQUEST = 200;
/** Of what the series are: the one kind of resource that is made for work which is done again and again. */
export const RESOURCE_TYPE = "generic_task";

/** As Cloud Monitoring calls a metric. */
export const metricType = (name: MetricName): string => `custom.googleapis.com/${name}`;

/**
 * Adds one point to the series of each sample, by the credentials that the store uses already: of the client library's
 * scopes `cloud-platform` covers it. Needs the permission `monitoring.timeSeries.create`.
 *
 * @param now milliseconds since 1970; a series takes no point that is older than its newest
 * @throws StoreError
 */
export async function writeSamples(
  target: MonitoringTarget,
  samples: readonly Sample[],
  now: number,
  options: GcsOptions = {},
): Promise<void> {
  const { project, endpoint = ENDPOINT } = target;
  const url = `${endpoint}/v3/projects/${project}/timeSeries`;
  const timeSeries = samples.map((sample) => seriesOf(target, sample, now));
  for (let at = 0; at < timeSeries.length; at += SERIES_A_REQUEST)
    await post(url, { timeSeries: timeSeries.slice(at, at + SERIES_A_REQUEST) }, target, options);
}

/** A sample as the service takes it (REST v3, TimeSeries). */
export function seriesOf(
  { project, bucket }: MonitoringTarget,
  { metric, labels: { cluster, ...labels }, value }: Sample,
  now: number,
): object {
  const resource = { project_id: project, location: "global", namespace: bucket };
  return {
    metric: { type: metricType(metric), labels },
    resource: { type: RESOURCE_TYPE, labels: { ...resource, job: "etcd-backup", task_id: cluster } },
    metricKind: "GAUGE",
    valueType: "DOUBLE",
    points: [{ interval: { endTime: new Date(now).toISOString() }, value: { doubleValue: value } }],
  };
}

async function post(url: string, body: object, target: MonitoringTarget, options: GcsOptions): Promise<void> {
  const timeout = (options.seconds ?? 60) * 1000;
  try {
    if (url.startsWith("https://")) {
      const { authClient } = openBucket(target.bucket, options).storage;
      await authClient.request({ url, method: "POST", data: body, timeout });
      return;
    }
    const init = { method: "POST", body: JSON.stringify(body), signal: AbortSignal.timeout(timeout) };
    const answer = await fetch(url, { ...init, headers: { "content-type": "application/json" } });
    if (!answer.ok) throw Object.assign(new Error(await answer.text()), { status: answer.status });
  } catch (cause) {
    throw monitoringError(target, cause);
  }
}

/** One sentence for what the service did not do. */
export function monitoringError({ project }: Pick<MonitoringTarget, "project">, cause: unknown): StoreError {
  const {
    status,
    code,
    message = String(cause),
  } = cause as {
    readonly status?: number;
    readonly code?: number | string;
    readonly message?: string;
  };
  const where = `Cloud Monitoring of ${project}`;
  const unproven = credentialsProblem(cause);
  if (unproven !== undefined)
    return new StoreError("denied", `${where}: ${unproven.sentence}.`, unproven.remedy);
  const said = message.replace(/\s+/g, " ").trim().replace(/\.$/, "").slice(0, 300);
  const answer = Number(status ?? code);
  if (answer === 403 && /has not been used|is disabled|SERVICE_DISABLED/.test(message))
    return new StoreError(
      "denied",
      `${where}: its service is not switched on: ${said}.`,
      `gcloud services enable monitoring.googleapis.com --project ${project}`,
    );
  if (answer === 403 || answer === 401)
    return new StoreError(
      "denied",
      `${where}: may not be written to: ${said}.`,
      "It needs monitoring.timeSeries.create, as the vault's identity watcher has (vault.monitoring).",
    );
  if (answer >= 400 && answer < 500 && answer !== 429)
    return new StoreError("failed", `${where}: did not take the numbers: ${said}.`);
  return new StoreError("unreachable", `${where}: did not answer: ${said}.`, "The next run tries again.");
}
