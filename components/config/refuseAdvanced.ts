import { RefusedError } from "../errors";
import { type AdvancedFacts, GDC_ADVANCED, judgeAdvanced } from "../profiles/gdcAdvanced";
import { objectName, path } from "./fields";

/**
 * Ends the reading of a configuration that says that its cluster is an advanced one: no other of its keys matters then.
 *
 * @param raw as it was given. @throws RefusedError with gkectl's line, filled in with what is given
 */
export function refuseAdvanced(raw: Readonly<Record<string, unknown>>): void {
  if (raw.profile !== GDC_ADVANCED) return;
  const refusal = judgeAdvanced(factsOf(raw));
  if (refusal !== undefined) throw new RefusedError(refusal.message, refusal.remedy);
}

/** Only what has the form of a name or a path is repeated. */
function factsOf({
  operation,
  cluster,
  adminKubeconfig,
  restore,
}: Readonly<Record<string, unknown>>): AdvancedFacts {
  const { snapshot } = (typeof restore === "object" && restore !== null ? restore : {}) as {
    snapshot?: unknown;
  };
  const admin = pathIn(adminKubeconfig);
  return {
    operation: operation === "backup" ? "backup" : "restore",
    cluster: objectName.safeParse(cluster).data ?? "CLUSTER",
    profile: GDC_ADVANCED,
    // a cluster that has an admin cluster beside it is none itself
    role: adminKubeconfig === undefined ? "any" : "user",
    adminKubeconfig: admin,
    snapshot: pathIn(snapshot),
  };
}

/** A kubeconfig's content, which components take too, has more lines than one, or is JSON. */
function pathIn(value: unknown): string | undefined {
  const { data } = path
    .max(200)
    .regex(/^[^{]*$/)
    .safeParse(value);
  return data;
}
