import type { PreflightRequest } from "../../procedure/request";
import { type AdvancedRefusal, judgeAdvanced } from "../../profiles/gdcAdvanced";
import type { HostedContext } from "../hostedContext";

/** Hosted control planes of Google Distributed Cloud end with 1.33; one that says more is not what it is taken for. */
export function judgeGeneration(
  { namespace, access }: Pick<HostedContext, "namespace" | "access">,
  { request }: Pick<PreflightRequest, "request">,
  images: readonly (string | undefined)[],
): AdvancedRefusal | undefined {
  return judgeAdvanced({
    operation: "restore",
    cluster: namespace,
    profile: "gdc-kubeception",
    role: "user",
    adminKubeconfig: access.adminKubeconfig,
    snapshot: request.snapshot?.path,
    images,
  });
}
