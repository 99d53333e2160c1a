import { z } from "zod";
import { flagOf } from "../procedure/containerFlags";
import type { Seed } from "../procedure/memberRepair";
import { seedCommand, seedEnvironment } from "../procedure/seedArguments";
import type { NodesProfile } from "../profiles/nodesProfile";
import type { NodesMember } from "./nodesContext";
import { manifestIn } from "./staticPod";

/** Of the seed's container; a file of the kubelet's has the same name. */
export const SEED = "etcd-recovery-seed";

const strings = z.array(z.string()).optional();
/** Of the member's own static Pod all that is not named here is taken on as it is. */
const ownSchema = z.object({
  spec: z.looseObject({
    containers: z
      .array(
        z.looseObject({
          command: strings,
          args: strings,
          env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
        }),
      )
      .min(1),
  }),
});

/**
 * A static Pod that makes a member's new log: the member's image, user, volumes, certificates and address, which the others
 * compare with its certificate. It runs once. Argv only: the image may have no shell.
 *
 * @param manifest the member's own, as `etcdOf` has found it good. @param attempt tells this Pod from an earlier try's,
 *   which the kubelet may not have forgotten
 */
export function seedManifest(
  manifest: string,
  etcd: NodesProfile["etcd"],
  member: NodesMember,
  seed: Seed,
  attempt: string,
): string {
  const { spec } = ownSchema.parse(manifestIn(manifest));
  const { containers, initContainers: _, ...pod } = spec;
  const own = containers.find(({ name }) => name === member.container) ?? containers[0] ?? {};
  const { image, imagePullPolicy, volumeMounts, securityContext } = own;
  const seeded = {
    name: member.name,
    clientUrl: member.clientUrl,
    dataDirectory: member.dataInside,
    ca: flagOf(own, "trusted-ca-file") ?? etcd.ca,
    certificate: flagOf(own, "cert-file") ?? etcd.certificate,
    key: flagOf(own, "key-file") ?? etcd.key,
  };
  const container = { name: SEED, image, imagePullPolicy, volumeMounts, securityContext };
  const started = { command: seedCommand(own, seeded, seed), ...seedEnvironment(own) };
  return `${JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `${SEED}-${attempt}`, namespace: "kube-system" },
    spec: {
      ...pod,
      containers: [{ ...container, ...started }],
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 10,
    },
  })}\n`;
}
