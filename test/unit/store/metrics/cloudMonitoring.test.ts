import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttp, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { runWatch } from "../../../../agent/watch";
import { makeCertificate } from "../../../../lab/gcs/gateCertificate";
import { isGranted } from "../../../../lab/gcs/gateRights";
import { writeDrill } from "../../../../store/drills";
import { monitoringError, seriesOf, writeSamples } from "../../../../store/metrics/cloudMonitoring";
import type { Sample } from "../../../../store/metrics/metrics";
import { watcherRights } from "../../../../vault/declare/identities";
import { externalAccount } from "../../../support/externalAccount";
import { MemoryStore } from "../../../support/memoryStore";
import { putBackups } from "../../../support/storedBackups";

const scratch = mkdtempSync(join(tmpdir(), "etcd-recovery-monitoring-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const age: Sample = { metric: "etcd_backup_age_seconds", labels: { cluster: "uc1" }, value: 60 };
const NOW = Date.parse("2026-11-27T12:00:00.000Z");

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly body: { readonly timeSeries: readonly Series[] };
}
interface Series {
  readonly metric: { readonly type: string; readonly labels: object };
  readonly points: readonly { readonly value: { readonly doubleValue: number } }[];
}

const servers: { close(): unknown; closeAllConnections(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Stands for Cloud Monitoring. */
async function service(answer: readonly [number, string] = [200, "{}"], tls?: { cert: Buffer; key: Buffer }) {
  const asked: Asked[] = [];
  const listener: RequestListener = async (request, response) => {
    const { method, url, headers } = request;
    const body = JSON.parse(await textOf(request));
    asked.push({ method, url, authorization: headers.authorization, body });
    response.writeHead(answer[0], { "content-type": "application/json" }).end(answer[1]);
  };
  const server = tls === undefined ? createHttp(listener) : createHttps(tls, listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return { asked, endpoint: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}` };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe("samples in Cloud Monitoring", () => {
  it("are one point each, of a resource that names vault and cluster", () => {
    const sample: Sample = {
      metric: "etcd_backups",
      labels: { cluster: "uc1", state: "complete" },
      value: 3,
    };
    expect(seriesOf({ project: "backups-1", bucket: "etcd-vault" }, sample, NOW)).toEqual({
      metric: { type: "custom.googleapis.com/etcd_backups", labels: { state: "complete" } },
      resource: {
        type: "generic_task",
        labels: {
          ...{ project_id: "backups-1", location: "global", namespace: "etcd-vault" },
          ...{ job: "etcd-backup", task_id: "uc1" },
        },
      },
      metricKind: "GAUGE",
      valueType: "DOUBLE",
      points: [{ interval: { endTime: "2026-11-27T12:00:00.000Z" }, value: { doubleValue: 3 } }],
    });
  });

  it("are written 200 at a time, without credentials by plain http", async () => {
    const { asked, endpoint } = await service();
    const many = Array.from({ length: 201 }, (_, at) => ({ ...age, labels: { cluster: `uc${at}` } }));
    await writeSamples({ project: "backups-1", bucket: "etcd-vault", endpoint }, many, NOW);
    expect(asked.map(({ method, url, authorization }) => [method, url, authorization])).toEqual([
      ["POST", "/v3/projects/backups-1/timeSeries", undefined],
      ["POST", "/v3/projects/backups-1/timeSeries", undefined],
    ]);
    expect(asked.map(({ body }) => body.timeSeries.length)).toEqual([200, 1]);
  });

  it("are written by the credentials that the store uses, a token for the Pod's own", async () => {
    const { cert, key } = makeCertificate(join(scratch, "tls"), ["127.0.0.1"]);
    const { asked, endpoint } = await service([200, "{}"], { cert, key });
    const exchange = createHttp((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ access_token: "exchanged", expires_in: 3600, token_type: "Bearer" }));
    });
    servers.push(exchange);
    await new Promise<void>((done) => exchange.listen(0, "127.0.0.1", done));
    const sts = `127.0.0.1:${(exchange.address() as AddressInfo).port}`;
    const credentialsFile = externalAccount(scratch, "credentials", sts, "pod");
    // nobody signed for the stand-in
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    try {
      const target = { project: "backups-1", bucket: "etcd-vault", endpoint };
      await writeSamples(target, [age], NOW, { credentialsFile });
    } finally {
      vi.unstubAllEnvs();
    }
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ authorization: "Bearer exchanged", method: "POST" });
    expect(asked[0]?.body.timeSeries).toMatchObject([
      { metric: { type: expect.stringMatching(/age_seconds$/) } },
    ]);
  });

  it("that are not taken end the run in a sentence", async () => {
    const { endpoint } = await service([400, '{"error":{"message":"Points must be written in order."}}']);
    const target = { project: "backups-1", bucket: "etcd-vault", endpoint };
    await expect(writeSamples(target, [age], NOW)).rejects.toThrow(
      /^Cloud Monitoring of backups-1: did not take the numbers: .*Points must be written in order/,
    );
  });

  it.each<[object, string, RegExp]>([
    [
      { status: 403, message: "Permission monitoring.timeSeries.create denied" },
      "denied",
      /may not be written to: .*It needs monitoring.timeSeries.create/,
    ],
    [
      {
        status: 403,
        message: "Cloud Monitoring API has not been used in project 7 before or it is disabled.",
      },
      "denied",
      /is not switched on.*gcloud services enable monitoring.googleapis.com --project backups-1/,
    ],
    [
      { message: "Error code invalid_grant: stale" },
      "denied",
      /was not exchanged for one of Google's: stale \(invalid_grant\)/,
    ],
    [
      { status: 503, message: "Backend Error" },
      "unreachable",
      /did not answer: Backend Error\. The next run tries again/,
    ],
    [{ status: 429, message: "Quota" }, "unreachable", /did not answer: Quota/],
    [{ code: "ECONNREFUSED", message: "connect ECONNREFUSED" }, "unreachable", /did not answer/],
  ])("says of %j what mends it", (cause, fault, sentence) => {
    const error = monitoringError({ project: "backups-1" }, cause);
    expect([error.fault, error.message]).toEqual([fault, expect.stringMatching(sentence)]);
  });
});

describe("agent watch", () => {
  const settings = { store: "gs://etcd-vault/etcd", cluster: "uc1", deadlineSeconds: 60, stallSeconds: 60 };
  const toldOf = (samples: readonly Sample[], name: string) =>
    samples.find(({ metric }) => metric === name)?.value;

  it("tells how its own cluster's backups stand, and nothing of others", async () => {
    const store = new MemoryStore();
    const time = new Date(Date.now() - 3_600_000).toISOString();
    await putBackups(store, { time }, { cluster: "uc2", time });
    const { samples, ...more } = await runWatch(settings, { say: () => undefined, store });
    expect(more).toEqual({});
    expect(new Set(samples.map(({ labels }) => labels.cluster))).toEqual(new Set(["uc1"]));
    expect(toldOf(samples, "etcd_backup_age_seconds")).toBeGreaterThanOrEqual(3600);
    expect(toldOf(samples, "etcd_backup_age_seconds")).toBeLessThan(3660);
  });

  it("takes no backup of another cluster under its name for one of its own", async () => {
    const store = new MemoryStore();
    const at = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
    await putBackups(store, { time: at(1), kubeSystemUid: "another" }, { time: at(9), kubeSystemUid: "own" });
    const age = async (more: object) =>
      toldOf(
        (await runWatch({ ...settings, ...more }, { say: () => undefined, store })).samples,
        "etcd_backup_age_seconds",
      );
    expect(await age({})).toBeLessThan(2 * 3600);
    expect(await age({ kubeSystemUid: "own" })).toBeGreaterThanOrEqual(9 * 3600);
    expect(await age({ kubeSystemUid: "a third" })).toBeUndefined();
  });

  it("needs no more in the bucket than the vault's watcher may", async () => {
    const store = new MemoryStore();
    const [key = ""] = await putBackups(store, { time: new Date().toISOString() });
    const drill = { formatVersion: 1, outcome: "passed", sentence: "", toolVersion: "1" } as const;
    await writeDrill(store, key, { ...drill, time: new Date().toISOString(), restoreSeconds: 7 });
    const may = (permission: string, object: string) => {
      if (!isGranted(watcherRights as never, { permission, object }))
        throw new Error(`${permission} ${object}`);
    };
    const { list, read } = store;
    store.list = (prefix) => {
      may("storage.objects.list", prefix);
      return list.call(store, prefix);
    };
    store.read = (object) => {
      may("storage.objects.get", object);
      return read.call(store, object);
    };
    const { samples } = await runWatch(settings, { say: () => undefined, store });
    expect(toldOf(samples, "etcd_backup_drill_restore_duration_seconds")).toBe(7);
    expect(() => may("storage.objects.get", `${key}/snapshot.db`)).toThrow();
  });

  it("writes them to Cloud Monitoring, also where there is no backup at all", async () => {
    const { asked, endpoint } = await service();
    const monitoring = { project: "backups-1", endpoint };
    const said: string[] = [];
    const { samples, project } = await runWatch(
      { ...settings, monitoring },
      { say: (event) => void said.push(event), store: new MemoryStore() },
    );
    expect([project, said]).toEqual(["backups-1", ["samples-written"]]);
    const [request] = asked;
    expect(request?.body.timeSeries).toHaveLength(samples.length);
    const complete = request?.body.timeSeries.find(
      ({ metric: { labels } }) => (labels as { state?: string }).state === "complete",
    );
    expect(complete?.points[0]?.value.doubleValue).toBe(0);
  });

  it("fails where the store cannot be asked: silence is an alert of its own", async () => {
    const { asked, endpoint } = await service();
    const store = new MemoryStore();
    store.list = () => Promise.reject(new Error("unreachable"));
    const monitoring = { project: "backups-1", endpoint };
    await expect(runWatch({ ...settings, monitoring }, { say: () => undefined, store })).rejects.toThrow(
      "unreachable",
    );
    expect(asked).toEqual([]);
  });
});
