/**
 * etcd's version as its image's tag says it. Tags of other things, e.g. of GDC's etcd-util (1.16.0-gke.0), are no versions
 * of etcd; nor is a digest.
 */
export function etcdVersionOf(image = ""): string | undefined {
  const name = image.slice(image.lastIndexOf("/") + 1);
  return /^[^@:]*:v?(3\.\d+\.\d+)/.exec(name)?.[1];
}

/** The API server's version as its image's tag says it, e.g. "v1.30.4-gke.100"; undefined where it says none. */
export function kubernetesVersionOf(image = ""): string | undefined {
  const name = image.slice(image.lastIndexOf("/") + 1);
  return /^kube-apiserver[^@:]*:(v\d+\.\d+\.\d+[^@]*)/.exec(name)?.[1];
}
