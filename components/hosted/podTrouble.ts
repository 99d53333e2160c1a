import type { HostedContext } from "./hostedContext";
import { collections, type KubeList, type KubePod } from "./kubePod";
import { redact } from "./redact";

type Asked = Pick<HostedContext, "client" | "namespace">;

interface KubeEvent {
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly metadata?: { readonly creationTimestamp?: string };
}

/** The last events of an object, "REASON MESSAGE" each, at most 3, without secrets. None when they cannot be read. */
export async function eventsOf({ client, namespace }: Asked, object: string): Promise<readonly string[]> {
  const query = { fieldSelector: `involvedObject.name=${object}` };
  try {
    const { items } = await client.get<KubeList<KubeEvent>>(collections.events(namespace), {
      query,
      seconds: 20,
    });
    const at = ({ lastTimestamp, eventTime, metadata }: KubeEvent) =>
      lastTimestamp ?? eventTime ?? metadata?.creationTimestamp ?? "";
    return [...items]
      .sort((a, b) => (at(a) < at(b) ? -1 : 1))
      .slice(-3)
      .flatMap(({ reason = "", message = "" }) => redact(`${reason} ${message.replace(/\s+/g, " ")}`.trim()));
  } catch {
    return [];
  }
}

/** What a Pod's containers wait for or ended with, and why it has no node. */
export function podState({ metadata, status = {} }: KubePod): string {
  const said = [status.phase ?? ""];
  if (metadata.deletionTimestamp !== undefined) said.push("terminating");
  for (const { type, status: is, reason, message } of status.conditions ?? []) {
    if (type === "PodScheduled" && is === "False") said.push(`${reason}: ${message}`);
  }
  for (const { state, lastState } of status.containerStatuses ?? []) {
    const { waiting, terminated } = state ?? {};
    if (waiting !== undefined)
      said.push([waiting.reason, waiting.message].filter((text) => text !== undefined).join(": "));
    if (terminated !== undefined) said.push(`exit code ${terminated.exitCode}`);
    if (lastState?.terminated !== undefined) said.push(`last exit code ${lastState.terminated.exitCode}`);
  }
  return said.join(", ");
}

/** A Pod's state, its events and the end of its log, a line each, without secrets. */
export async function podTrouble(asked: Asked, name: string): Promise<readonly string[]> {
  const { client, namespace } = asked;
  const pod = await client.find<KubePod>(`${collections.pods(namespace)}/${name}`).catch(() => undefined);
  const state = pod === undefined ? "there is no such Pod" : podState(pod);
  const [events, log] = await Promise.all([eventsOf(asked, name), logEnd(asked, name)]);
  return [
    `${name}: ${redact(state).join(" ")}`,
    ...events.map((event) => `    event: ${event}`),
    ...log.map((line) => `    log: ${line}`),
  ];
}

/** Of a container that waits to be started again, the log of the one that ended. */
async function logEnd({ client, namespace }: Asked, name: string): Promise<readonly string[]> {
  const pod = `${collections.pods(namespace)}/${name}`;
  try {
    const { spec } = await client.get<KubePod>(pod);
    const containers = (spec?.containers ?? []) as readonly { readonly name: string }[];
    const logs = containers.map((container) =>
      client
        .text(`${pod}/log`, { query: { container: container.name, tailLines: 6 }, seconds: 20 })
        .catch(() => ""),
    );
    return redact((await Promise.all(logs)).join("\n"));
  } catch {
    return [];
  }
}
