import { expect, it } from "vitest";
import { type AddressFacts, judgeAddresses } from "../../../components/hosted/judgements/addresses";

const facts = (change: Partial<AddressFacts> = {}): AddressFacts => ({
  ...{ statefulSet: "kube-etcd", serviceName: "kube-etcd" },
  configured: { service: "kube-etcd", peerPort: 2380, clientPort: 2379 },
  ...{ listenPeerUrls: "https://0.0.0.0:2380", listenClientUrls: "https://0.0.0.0:2379" },
  ...change,
});

it.each<[string, Partial<AddressFacts>, string | undefined]>([
  ["as configured", {}, undefined],
  ["nothing is said", { serviceName: "", listenPeerUrls: undefined, listenClientUrls: undefined }, undefined],
  ["another Service", { serviceName: "etcd-peers" }, "service-other"],
  ["another port for members", { listenPeerUrls: "https://0.0.0.0:12380" }, "port-other"],
  ["another port for clients", { listenClientUrls: "https://0.0.0.0:12379/" }, "port-other"],
  ["one of several", { listenClientUrls: "https://127.0.0.1:12379, https://[::]:2379" }, undefined],
  ["a port that a shell fills in", { listenPeerUrls: "https://0.0.0.0:$PORT" }, undefined],
  ["one of several that a shell fills in", { listenPeerUrls: "https://a:12380,https://b:$(P)" }, undefined],
])("addresses: %s", (_, change, code) => {
  expect(judgeAddresses(facts(change))?.code).toBe(code);
});

it("the remedy names what etcd has", () => {
  expect(judgeAddresses(facts({ listenPeerUrls: "https://0.0.0.0:12380" }))?.remedy).toBe(
    "pulumi config set --path overrides.etcd.peerPort 12380",
  );
});
