import { waitUntil } from "../waiting";
import { ApiClient } from "./apiClient";
import { customGroup } from "./kinds";
import { type PlannedObject, planLoad } from "./loadPlan";

/**
 * Runs as a process of its own inside the workstation's network: `writeLoad.ts KUBECONFIG OBJECTS SEED`. Prints the
 * number of objects a kind as JSON; a mistake as one line on standard error and exit status 1.
 */
async function main(): Promise<void> {
  const [kubeconfig = "", objects, seed] = process.argv.slice(2);
  const client = await ApiClient.open(kubeconfig, parallelRequests);
  try {
    const plan = planLoad(Number(objects), Number(seed));
    await writeAll(client, plan.foundation);
    await waitUntil(
      { what: "the API of the custom resources", timeoutSeconds: 30, intervalMilliseconds: 100 },
      async () => {
        return (
          (await client.send("GET", `/apis/${customGroup}/v1/namespaces/default/widgets`)).status === 200
        );
      },
    );
    await writeAll(client, plan.rest);
    process.stdout.write(JSON.stringify(countKinds([...plan.foundation, ...plan.rest])));
  } finally {
    client.close();
  }
}

/** Enough to keep two cores of API server busy. */
const parallelRequests = 24;

async function writeAll(client: ApiClient, objects: readonly PlannedObject[]): Promise<void> {
  const queue = objects.values();
  const worker = async () => {
    for (const planned of queue) {
      await write(client, planned);
    }
  };
  await Promise.all(Array.from({ length: parallelRequests }, worker));
}

/** Writes one object; one that exists is left alone, for an equal load wrote it. A busy server is asked again. */
async function write(client: ApiClient, planned: PlannedObject): Promise<void> {
  const what = `${planned.object.kind} ${planned.object.metadata.name} to be written`;
  await waitUntil({ what, timeoutSeconds: 60, intervalMilliseconds: 250 }, async () => {
    const { status, body } = await client.send("POST", planned.path, planned.object);
    if (status === 201 || status === 409) {
      return true;
    }
    throw new Error(`${status} ${body.slice(0, 300)}`);
  });
}

function countKinds(objects: readonly PlannedObject[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { object } of objects) {
    counts[object.kind] = (counts[object.kind] ?? 0) + 1;
  }
  return counts;
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
