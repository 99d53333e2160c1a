import { isAbsolute } from "node:path";
import { z } from "zod";
import { errorOf, failed } from "../procedure/refusal";
import type { HostedProfile } from "../profiles/hostedProfile";
import { type HostedProfileName, hostedProfiles } from "../profiles/profiles";
import { type DeclaredNames, wholeNames } from "./declaredNames";
import { isFormat1, namesOfFormat1 } from "./formerNames";
import type { HostedCluster } from "./hostedCluster";

/** Names of a cluster's parts, overrides included: with them and a namespace the cluster is found without the stack. */
export interface HostedNames {
  /** How many etcd members it has when it is well. */
  readonly members: number;
  readonly profile: HostedProfile;
}

/** Names come back from a ledger that somebody may have edited, and go into paths and commands. */
const objectName = z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/);
const path = z.string().regex(/^\/[^\p{Cc}]*$/u);
const port = z.number().int().min(1).max(65535);
const controller = z
  .string()
  .regex(/^(discover|([a-z0-9][-a-z0-9]*\/)?[A-Za-z]+\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?)$/);
const knownController = z.string().regex(/^[A-Za-z]+\/[-a-z0-9.*]+$/);

const profileSchema = z.object({
  etcd: z.object({
    statefulSet: objectName,
    container: objectName,
    dataClaim: objectName,
    dataDirectory: path,
    service: objectName,
    clientPort: port,
    peerPort: port,
    ca: path,
    certificate: path,
    key: path,
  }),
  apiServer: z.object({ statefulSet: objectName, podDisruptionBudget: objectName }),
  maintenance: objectName,
  controllers: z.union([z.literal("discover"), z.array(controller)]),
  knownControllers: z.array(knownController).default([]),
}) satisfies z.ZodType<HostedProfile>;

const namesSchema = z.object({
  members: z.number().int().min(1).max(9),
  profile: profileSchema,
}) satisfies z.ZodType<HostedNames>;

const profileNames = Object.keys(hostedProfiles) as [HostedProfileName, ...HostedProfileName[]];
const declaredSchema = z.object({
  members: z.number(),
  of: z.enum(profileNames),
  overrides: z.looseObject({}).optional(),
});

const absolute = z.string().refine(isAbsolute, "must be an absolute path");

/** How a step reaches a hosted cluster: paths of kubeconfigs, no credential. */
const hostedAccessSchema = z.object({
  kind: z.literal("hosted"),
  /** The user cluster's namespace on the admin cluster. */
  namespace: objectName,
  adminKubeconfig: absolute,
  /** Context in it; default: its current one. */
  adminContext: z.string().optional(),
  /** Without it the user cluster's own address is not asked. */
  userKubeconfig: absolute.optional(),
  /** Whole, or as a shipped profile and what differs from it. Default: as the ledger has them. */
  names: z
    .union([
      namesSchema,
      declaredSchema.transform((declared) => namesSchema.parse(wholeNames(declared as DeclaredNames))),
    ])
    .optional(),
});
export type HostedAccess = z.infer<typeof hostedAccessSchema>;

/** What a step's arguments say about the substrate. @throws UserError when they are not of this one */
export function parseHostedAccess(substrate: unknown): HostedAccess {
  const parsed = hostedAccessSchema.safeParse(substrate);
  if (parsed.success) return parsed.data;
  throw errorOf(
    failed(
      "arguments-invalid",
      `ETCD_RECOVERY_ARGUMENTS: its substrate: not written by this program: ${fieldsOf(parsed.error)}.`,
      "Steps are run by the stack: pulumi up",
    ),
  );
}

/** The same, from a cluster as the stack declares it. */
export function hostedAccess(cluster: HostedCluster): HostedAccess {
  const { namespace, adminKubeconfig, adminContext, userKubeconfig, members, profile } = cluster;
  return hostedAccessSchema.parse({
    kind: "hosted",
    namespace,
    adminKubeconfig,
    adminContext,
    userKubeconfig,
    names: { members, profile },
  });
}

/** The cluster that an access reaches. @param names as the arguments or the ledger have them */
export function hostedClusterOf(access: HostedAccess, names: HostedNames): HostedCluster {
  const { namespace, adminKubeconfig, adminContext, userKubeconfig } = access;
  return {
    name: namespace,
    namespace,
    adminKubeconfig,
    ...(adminContext === undefined ? {} : { adminContext }),
    ...(userKubeconfig === undefined ? {} : { userKubeconfig }),
    ...names,
  };
}

/** Names as the ledger keeps them. */
export function namesText({ members, profile }: HostedNames): string {
  return JSON.stringify(namesSchema.parse({ members, profile }));
}

/** Names of a ledger, of this format or the first one. @param place of the ledger. @throws UserError */
export function parseNames(text: string, place: string): HostedNames {
  const raw = parseJson(text);
  const parsed = namesSchema.safeParse(isFormat1(raw) ? namesOfFormat1(raw) : raw);
  if (parsed.success) return parsed.data;
  throw errorOf(
    failed(
      "ledger-invalid",
      `the ledger ${place}: not written by this program: its names (${fieldsOf(parsed.error)})`,
      "Look at it, and mend or remove it by hand.",
    ),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const fieldsOf = (error: z.ZodError): string =>
  [...new Set(error.issues.map((issue) => issue.path.join(".") || issue.message))].join(", ");
