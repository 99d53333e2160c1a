/** An etcd of one member on loopback, as it runs in its container. */
export const etcdCommand = [
  "etcd",
  "--name=one",
  "--data-dir=/var/lib/etcd",
  "--listen-client-urls=http://127.0.0.1:2379",
  "--advertise-client-urls=http://127.0.0.1:2379",
  "--listen-peer-urls=http://127.0.0.1:2380",
  "--initial-advertise-peer-urls=http://127.0.0.1:2380",
  "--initial-cluster=one=http://127.0.0.1:2380",
] as const;
