import type { V1Deployment } from "@kubernetes/client-node";
import { imageNames } from "../images/labImages";
import type { UserCluster } from "../lab";
import { patient } from "../waiting";

export const controllerSecret = "kube-controllers";

const files = "/etc/kube-controllers";

/** The other Deployments of a user cluster's control plane: controller manager, scheduler, etcd maintenance. */
export function userControllers(cluster: UserCluster): V1Deployment[] {
  return [
    controller(cluster, "kube-controller-manager", imageNames.controllerManager, {
      kubeconfig: `${files}/controller-manager.conf`,
      "leader-elect": "true",
      "cluster-signing-cert-file": `${files}/ca.crt`,
      "cluster-signing-key-file": `${files}/ca.key`,
      "root-ca-file": `${files}/ca.crt`,
      "service-account-private-key-file": `${files}/sa.key`,
      "use-service-account-credentials": "true",
    }),
    controller(cluster, "kube-scheduler", imageNames.scheduler, {
      kubeconfig: `${files}/scheduler.conf`,
      "leader-elect": "true",
    }),
    maintenance(cluster),
  ];
}

const ports: Readonly<Record<string, number>> = { "kube-controller-manager": 10257, "kube-scheduler": 10259 };

function controller(
  cluster: UserCluster,
  name: string,
  image: string,
  flags: Readonly<Record<string, string>>,
): V1Deployment {
  return deployment(cluster, name, {
    containers: [
      {
        name,
        image,
        imagePullPolicy: "Never",
        command: [name, ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)],
        readinessProbe: {
          httpGet: { scheme: "HTTPS", path: "/healthz", port: ports[name] ?? 0 },
          periodSeconds: 1,
          timeoutSeconds: patient(1),
        },
        volumeMounts: [{ name: "files", mountPath: files }],
      },
    ],
    volumes: [{ name: "files", secret: { secretName: controllerSecret } }],
  });
}

/** Stands for the Pod that defragments etcd: all that matters here is that it exists and ends when told to. */
function maintenance(cluster: UserCluster): V1Deployment {
  const container = { name: "etcd-maintenance", image: imageNames.pause, imagePullPolicy: "Never" };
  return deployment(cluster, "gke-master-etcd-maintenance", { containers: [container] });
}

function deployment(
  cluster: UserCluster,
  name: string,
  podSpec: NonNullable<NonNullable<V1Deployment["spec"]>["template"]["spec"]>,
): V1Deployment {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: cluster.name },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { automountServiceAccountToken: false, enableServiceLinks: false, ...podSpec },
      },
    },
  };
}
