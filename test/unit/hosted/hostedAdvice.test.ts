import { expect, it } from "vitest";
import { keepKubeconfig } from "../../../components/access/kubeconfig/kubeconfigText";
import { hostedAdvice } from "../../../components/hosted/hostedAdvice";
import { hostedScene } from "../../support/hostedScene";

it("names commands that work as they stand", () => {
  const advice = hostedAdvice(hostedScene().context);
  expect(advice.place).toBe("namespace uc1");
  expect(advice.twoWaysOut).toBe(
    "Finish it with 'pulumi up' on its stack, or go back with 'pulumi destroy' there. Without its stack: etcd-recovery resume (or: undo) --admin-kubeconfig '/k/admin' --namespace uc1",
  );
  expect(advice.lookAtLedger()).toBe("Look: kubectl --namespace uc1 get configmap etcd-recovery -o yaml");
  expect(advice.lookAtMember("m-0")).toBe("Look: kubectl --namespace uc1 logs -c kube-etcd m-0");
  expect(advice.lookAtWorkload("Deployment/kube-scheduler")).toBe(
    "Look: kubectl --namespace uc1 describe deployment kube-scheduler",
  );
  expect(advice.lookAtUserApi()).toBe("Look: kubectl --kubeconfig '/k/user' get --raw '/readyz?verbose'");
  expect(advice.stopByHand(["StatefulSet/a", "kube-system/Deployment/c", "StatefulSet/b"])).toBe(
    "kubectl --namespace uc1 scale statefulset a b --replicas=0 && kubectl --namespace kube-system scale deployment c --replicas=0",
  );
  expect(advice.scaleByHand("StatefulSet/a", 3)).toBe(
    "kubectl --namespace uc1 scale statefulset a --replicas=3",
  );
  expect(advice.scaleByHand("StatefulSet/a", "N")).toBe(
    "kubectl --namespace uc1 scale statefulset a --replicas=N   (the number it had before)",
  );
  expect(advice.defragment()).toMatch(
    /^kubectl --namespace uc1 exec MEMBER -c kube-etcd -- etcdctl --cacert=\S+ --cert=\S+ --key=\S+ defrag/,
  );
  expect(advice.removeBudget()).toBe("kubectl --namespace uc1 delete poddisruptionbudget kube-apiserver-pdb");
});

it("names no path of a kubeconfig that was given as content", () => {
  const { context } = hostedScene();
  const [adminKubeconfig, userKubeconfig] = ["adminKubeconfig", "userKubeconfig"].map((name) =>
    keepKubeconfig(name, `content of ${name}\n`),
  ) as [string, string];
  const advice = hostedAdvice({ ...context, access: { ...context.access, adminKubeconfig, userKubeconfig } });
  expect(advice.twoWaysOut).toContain("--admin-kubeconfig ADMIN_KUBECONFIG --namespace uc1");
  expect(advice.lookAtUserApi()).toBe(
    "Look: kubectl --kubeconfig USER_KUBECONFIG get --raw '/readyz?verbose'",
  );
});

it("quotes what a shell would split", () => {
  const { context } = hostedScene();
  const access = { ...context.access, adminKubeconfig: "/it's here" };
  expect(hostedAdvice({ ...context, access }).twoWaysOut).toContain("--admin-kubeconfig '/it'\\''s here'");
});
