import { z } from "zod";
import { errorOf, failed } from "../../procedure/refusal";
import type { HostedMember } from "../hostedCluster";
import type { KubePod } from "../kubePod";
import { onNode } from "../onNode";
import { pullSecretSchema, seLinuxSchema, tolerationSchema } from "../podLike";
import { unmeshed } from "../unmeshed";
import { labels, UTILITY_CONTAINER } from "./utilityPodList";

/** What the scripts take where the Pod says nothing (components/member/scripts/volume.sh). */
const DATA_DIRECTORY = "/var/lib/etcd";

/**
 * Longest life in seconds of a Pod that a step made: nobody's state knows it. While members are staged it must outlive a
 * transfer, which is bound by its progress: one that is cut begins anew.
 */
const REVIVED_SECONDS = { staging: 24 * 60 * 60, later: 1800 };

const short = z.string().max(253);
const quantities = z.record(short, z.union([short, z.number()])).optional();
const container = z.object({
  image: z.string().regex(/^[^\s\p{Cc}]{1,500}$/u),
  resources: z.object({ requests: quantities, limits: quantities }).optional(),
  securityContext: z
    .object({
      runAsUser: z.number().int().optional(),
      runAsGroup: z.number().int().optional(),
      readOnlyRootFilesystem: z.boolean().optional(),
      capabilities: z
        .object({
          drop: z.array(short).optional(),
          add: z.array(z.enum(["CHOWN", "DAC_OVERRIDE", "FOWNER"])).optional(),
        })
        .optional(),
      seccompProfile: z.object({ type: z.literal("RuntimeDefault") }).optional(),
    })
    .default({}),
  env: z.array(z.object({ name: z.string(), value: z.string().optional() })).default([]),
});
const template = z.object({
  spec: z.object({
    tolerations: z.array(tolerationSchema).default([]),
    imagePullSecrets: z.array(pullSecretSchema).default([]),
    securityContext: z.object({ seLinuxOptions: seLinuxSchema.optional() }).default({}),
    containers: z.array(container).min(1),
    volumes: z.array(z.object({ name: z.string(), configMap: z.object({ name: short }).optional() })),
  }),
});

/** What one utility Pod has in common with those of the other members: nothing in it can reach beyond a volume. */
export interface UtilityTemplate {
  readonly tolerations: readonly object[];
  readonly imagePullSecrets: readonly object[];
  readonly seLinuxOptions: object | undefined;
  readonly image: string;
  readonly resources: object | undefined;
  readonly securityContext: object;
  /** Where the volume is mounted. */
  readonly dataDirectory: string;
  /** ConfigMap of the scripts. */
  readonly scripts: string;
}

/** What the ledger keeps of a utility Pod: a Pod that can be created, as older programs wrote it. */
export function templateText(pod: KubePod): string {
  // What else runs in it was put there by the cluster, and is put there again.
  const containers = ((pod.spec?.containers ?? []) as { name?: string }[]).filter(
    ({ name }) => name === UTILITY_CONTAINER,
  );
  const made = templateOf({ ...pod, spec: { ...pod.spec, containers } });
  if (made === undefined) throw new TypeError(`Pod ${pod.metadata.name} is no utility Pod`);
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    spec: {
      tolerations: made.tolerations,
      ...asEtcds(made),
      containers: [
        {
          image: made.image,
          resources: made.resources,
          securityContext: made.securityContext,
          env: [{ name: "DATA_DIRECTORY", value: made.dataDirectory }],
        },
      ],
      volumes: [{ name: "scripts", configMap: { name: made.scripts } }],
    },
  });
}

const asEtcds = ({ imagePullSecrets, seLinuxOptions }: UtilityTemplate) => ({
  ...(imagePullSecrets.length === 0 ? {} : { imagePullSecrets }),
  ...(seLinuxOptions === undefined ? {} : { securityContext: { seLinuxOptions } }),
});

/** The same, of a ledger that somebody may have edited: only known fields are taken. @throws UserError */
export function parseTemplate(text: string, place: string): UtilityTemplate {
  const made = templateOf(parseJson(text));
  if (made !== undefined) return made;
  throw errorOf(
    failed(
      "ledger-invalid",
      `the ledger ${place}: not written by this program: utility`,
      "Look at it, and mend or remove it by hand.",
    ),
  );
}

function templateOf(pod: unknown): UtilityTemplate | undefined {
  const parsed = template.safeParse(pod);
  const [first] = parsed.data?.spec.containers ?? [];
  if (parsed.data === undefined || first === undefined) return undefined;
  const { tolerations, imagePullSecrets, volumes } = parsed.data.spec;
  const { seLinuxOptions } = parsed.data.spec.securityContext;
  const scripts = volumes.find(({ name }) => name === "scripts")?.configMap?.name ?? "";
  const dataDirectory = first.env.find(({ name }) => name === "DATA_DIRECTORY")?.value ?? DATA_DIRECTORY;
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(scripts) || !/^\/\P{Cc}+$/u.test(dataDirectory))
    return undefined;
  const { image, resources, securityContext } = first;
  const taken = { tolerations, imagePullSecrets, seLinuxOptions };
  return { ...taken, image, resources, securityContext, dataDirectory, scripts };
}

/** A Pod that works on a member's volume after the one that Pulumi made has ended. @param node default: anywhere */
export function revivedPod(
  { id, namespace }: { readonly id: string; readonly namespace: string },
  member: HostedMember,
  made: UtilityTemplate,
  node: string | undefined,
  when: keyof typeof REVIVED_SECONDS,
): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: `${member.name}-utility-`,
      namespace,
      labels: {
        [labels.managedBy]: "etcd-recovery",
        [labels.restore]: id,
        [labels.member]: member.name,
        [labels.revived]: "true",
        ...unmeshed.labels,
      },
      annotations: unmeshed.annotations,
    },
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 10,
      activeDeadlineSeconds: REVIVED_SECONDS[when],
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...(node === undefined ? {} : { affinity: onNode(node) }),
      tolerations: made.tolerations,
      ...asEtcds(made),
      containers: [
        {
          name: UTILITY_CONTAINER,
          image: made.image,
          imagePullPolicy: "IfNotPresent",
          command: ["/bin/sh", "/etcd-recovery/main.sh", id, "revived"],
          env: [{ name: "DATA_DIRECTORY", value: made.dataDirectory }],
          ...(made.resources === undefined ? {} : { resources: made.resources }),
          securityContext: { ...made.securityContext, allowPrivilegeEscalation: false },
          volumeMounts: [
            { name: "data", mountPath: made.dataDirectory },
            { name: "scripts", mountPath: "/etcd-recovery", readOnly: true },
          ],
        },
      ],
      volumes: [
        { name: "data", persistentVolumeClaim: { claimName: member.claim } },
        { name: "scripts", configMap: { name: made.scripts, defaultMode: 0o555 } },
      ],
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
