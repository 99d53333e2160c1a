import { stringify } from "yaml";
import { imageNames } from "../../../lab/images/labImages";

/** Profile of a cluster whose API servers are this StatefulSet. */
export function apiServer(statefulSet: string) {
  return { apiServer: { statefulSet } };
}

/** The key in {@link standIns}: no step may show it. */
export const secretText = "QUJDREVGR0hJSktMTU5PUA==";

const paused = (name: string, spec: object, pod: object = {}, container: object = {}) => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name },
  spec: {
    // By which the configuration says that etcd's Pods have their names.
    serviceName: "kube-etcd",
    replicas: 0,
    selector: { matchLabels: { app: name } },
    ...spec,
    template: {
      metadata: { labels: { app: name } },
      // Their Pods never run: what is looked at is the StatefulSet.
      spec: {
        nodeSelector: { "no-such": "node" },
        ...pod,
        containers: [{ name: "pause", image: imageNames.pause, ...container }],
      },
    },
  },
});
const sealed = (name: string, path: string, volume: object) =>
  paused(
    name,
    { replicas: 1 },
    { volumes: [{ name: "config", ...volume }] },
    {
      args: [`--encryption-provider-config=${path}/enc.yaml`],
      volumeMounts: [{ name: "config", mountPath: path }],
    },
  );
const claim = (name: string, mode: string, spec: object) => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name },
  spec: { accessModes: [mode], resources: { requests: { storage: "1Mi" } }, ...spec },
});

/** Objects beside the cluster that stand for clusters with something wrong. */
export const standIns = {
  apiVersion: "v1",
  kind: "List",
  items: [
    paused("stopped", { replicas: 0 }),
    paused("deleting", { replicas: 1, persistentVolumeClaimRetentionPolicy: { whenScaled: "Delete" } }),
    paused("ordered", { replicas: 3 }, {}, { readinessProbe: { httpGet: { path: "/readyz", port: 1 } } }),
    paused("unbound", { replicas: 1 }),
    paused("single", { replicas: 1 }),
    sealed("sealed", "/etc/enc", { secret: { secretName: "sealed-config" } }),
    sealed("host-sealed", "/etc/host", { hostPath: { path: "/etc/host" } }),
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "sealed-config" },
      stringData: {
        "enc.yaml": stringify({
          apiVersion: "apiserver.config.k8s.io/v1",
          kind: "EncryptionConfiguration",
          resources: [
            {
              resources: ["secrets"],
              providers: [
                { aescbc: { keys: [{ name: "key1", secret: secretText }] } },
                { kms: { apiVersion: "v2", name: "vault", endpoint: "unix:///vault.sock" } },
                { identity: {} },
              ],
            },
          ],
        }),
      },
    },
    claim("data-unbound-0", "ReadWriteOnce", { storageClassName: "none" }),
    claim("data-single-0", "ReadWriteOncePod", { storageClassName: "", volumeName: "bad-inputs-single" }),
    {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "bad-inputs-single" },
      spec: {
        accessModes: ["ReadWriteOncePod"],
        capacity: { storage: "1Mi" },
        hostPath: { path: "/tmp/bad-inputs-single" },
        storageClassName: "",
      },
    },
  ],
};
