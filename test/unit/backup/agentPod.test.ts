import { describe, expect, it } from "vitest";
import { agentPodSpec } from "../../../components/backup/schedule/agentPod";
import type { AgentTask, TaskName } from "../../../components/backup/schedule/agentTask";
import { planCluster } from "../../../components/backup/schedule/scheduledCluster";

const members = [{ name: "cp-a", url: "https://10.0.0.10:2379" }];
const hosted = planCluster({ name: "uc1", certificates: "kube-etcd-certs", members });
const onMachines = planCluster({ name: "admin", namespace: "b", profile: "kubeadm", machines: members });
const task = (name: TaskName): AgentTask => ({
  ...{ name, role: "reader", schedule: "hourly", asksEtcd: name === "backup" },
  ...{ memory: { request: "1Mi", limit: "1Mi" }, spoolGibibytes: 1 },
});
const pod = (cluster: typeof hosted, name: TaskName, claim?: string) =>
  agentPodSpec({
    ...{
      cluster,
      task: task(name),
      image: "agent:1",
      serviceAccount: "a",
      settings: "s",
      deadlineSeconds: 60,
    },
    ...(claim === undefined ? {} : { claim }),
  });

describe("whom the agent's Pods run as", () => {
  it.each<[string, typeof hosted, string | undefined, [number, number]]>([
    ["hosted, a bucket", hosted, undefined, [65532, 65532]],
    ["hosted, a claim", hosted, "etcd-backups", [65532, 65532]],
    ["on machines, a bucket: root reads etcd's key alone", onMachines, undefined, [0, 65532]],
    ["on machines, a claim: others could not read what root has stored", onMachines, "etcd-backups", [0, 0]],
  ])("%s", (_, cluster, claim, [backup, others]) => {
    const users = (["backup", "drill", "prune", "watch"] as const).map((name) => {
      const { securityContext } = pod(cluster, name, claim);
      // else the kubelet opens every file of a claim to the group before each Pod, and such a store is refused
      expect(securityContext).toMatchObject({ fsGroup: 65532, fsGroupChangePolicy: "OnRootMismatch" });
      return (securityContext as { runAsUser: number }).runAsUser;
    });
    expect(users).toEqual([backup, others, others, others]);
  });

  it("beside etcd's machines stands who asks etcd alone", () => {
    expect(pod(onMachines, "backup", "c").hostNetwork).toBe(true);
    for (const name of ["drill", "prune", "watch"] as const)
      expect(pod(onMachines, name, "c")).not.toHaveProperty("hostNetwork");
  });
});
