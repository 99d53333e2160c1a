import { describe, expect, it } from "vitest";
import { parseAgentSettings } from "../../../agent/agentSettings";

const good = {
  format: 1,
  cluster: "uc1",
  profile: "gdc-kubeception",
  members: [{ name: "kube-etcd-0", url: "https://kube-etcd-0.kube-etcd:2379" }],
  tls: { ca: "/tls/ca.crt", cert: "/tls/tls.crt", key: "/tls/tls.key" },
  store: "gs://vault/etcd",
  spool: "/spool",
};
const parse = (changes: object) =>
  parseAgentSettings(JSON.stringify({ ...good, ...changes }), "/etc/agent/settings.json");

describe("the agent's settings", () => {
  it("have defaults", () => {
    expect(parse({})).toEqual({ ...good, deadlineSeconds: 1800, stallSeconds: 60 });
    const more = { store: "/srv/backups", keep: "hourly=24", monitoring: { project: "backups-1" } };
    expect(parse(more)).toMatchObject(more);
  });

  it.each<[object, RegExp]>([
    [{ format: 2 }, /format: /],
    [{ cluster: "Uc/1" }, /cluster: must be/],
    [{ members: [] }, /members: /],
    [{ members: [...good.members, ...good.members] }, /members: two members have one name/],
    [{ members: [{ name: "a", url: "http://a:2379" }] }, /members\.0\.url: must be https:\/\/HOST:PORT/],
    [{ members: [{ name: "a", url: "https://user:x@a:2379" }] }, /members\.0\.url: must be https/],
    [{ tls: { ...good.tls, key: "tls.key" } }, /tls\.key: must be an absolute path/],
    [{ store: "backups" }, /store: must be gs:/],
    [{ store: "gs://UPPER" }, /store: store: "gs:\/\/UPPER" is no address of a bucket/],
    [{ spool: "spool" }, /spool: must be an absolute path/],
    [{ recipients: ["ssh-ed25519 AAAA"] }, /recipients.0: must be age1/],
    [{ identityFile: "identity" }, /identityFile: must be an absolute path/],
    [{ stallSeconds: 0 }, /stallSeconds: /],
    [{ keep: "hourly=0" }, /keep: keep: it keeps nothing/],
    [{ monitoring: { project: "P" } }, /monitoring.project: must be the id of a project/],
    [{ monitoring: { project: "backups-1", endpoint: "a" } }, /monitoring.endpoint: must be https/],
    [{ membres: [] }, /membres/],
  ])("%j are refused", (changes, sentence) => {
    expect(() => parse(changes)).toThrow(sentence);
  });

  it("every fault is said at once, with the path", () => {
    const both = () => parse({ spool: "x", store: "y" });
    expect(both).toThrow(/^\/etc\/agent\/settings\.json: store: .*; spool: /);
    expect(() => parseAgentSettings("{", "/s.json")).toThrow(/^\/s\.json: is no JSON/);
  });
});
