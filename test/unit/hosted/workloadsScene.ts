import { hostedWorkloads } from "../../../components/hosted/hostedWorkloads";
import type { FoundWorkload } from "../../../components/procedure/ledgerRecord";
import type { FakeApi } from "../../support/fakeApi";
import { hostedScene, putControlPlane } from "../../support/hostedScene";

export const etcd: FoundWorkload = {
  name: "StatefulSet/kube-etcd",
  part: "etcd",
  replicas: 3,
  selector: "app=kube-etcd",
};
export const apiServers: FoundWorkload = {
  name: "StatefulSet/kube-apiserver",
  part: "apiServers",
  replicas: 2,
  selector: "app=kube-apiserver",
};
export const scheduler: FoundWorkload = {
  name: "Deployment/kube-scheduler",
  part: "controllers",
  replicas: 1,
  selector: "app=kube-scheduler",
};
export const granted = async () => undefined;

/** A control plane that is well; what has to be waited for is waited for shortly. */
export function scene() {
  const { api, context } = hostedScene();
  putControlPlane(api);
  return { api, workloads: hostedWorkloads(context, { seconds: 0.3, pollMs: 5 }) };
}

export const replicasOf = (api: FakeApi, path: string) =>
  (api.objects.get(path)?.spec as { replicas: number } | undefined)?.replicas;
