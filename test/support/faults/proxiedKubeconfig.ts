import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import type { Upstream } from "./faultFiles";

interface Named {
  readonly name: string;
}
interface Content {
  contexts: (Named & { context: { cluster: string; user: string } })[];
  clusters: (Named & { cluster: Record<string, unknown> })[];
  users: (Named & { user: Record<string, unknown> })[];
  "current-context": string;
}

/** What the current context of a kubeconfig leads to, and the same by way of a proxy. */
export class ProxiedKubeconfig {
  private constructor(
    private readonly content: Content,
    private readonly cluster: Record<string, unknown>,
    private readonly user: Record<string, unknown>,
    private readonly userName: string,
    private readonly clusterName: string,
    private readonly path: string,
  ) {}

  /** @throws Error when the file does not say which cluster and user */
  static read(path: string): ProxiedKubeconfig {
    const content: Content = parse(readFileSync(path, "utf8"));
    const named = <T extends Named>(all: readonly T[], name: string | undefined) =>
      all.find((one) => one.name === name);
    const { cluster = "", user = "" } = named(content.contexts, content["current-context"])?.context ?? {};
    const [itsCluster, itsUser] = [
      named(content.clusters, cluster)?.cluster,
      named(content.users, user)?.user,
    ];
    if (itsCluster === undefined || itsUser === undefined)
      throw new Error(`${path}: the current context names no cluster or user of the file`);
    return new ProxiedKubeconfig(content, itsCluster, itsUser, user, cluster, path);
  }

  /** @throws Error when a part is not in the file itself, as a lab's kubeconfigs have it */
  get upstream(): Upstream {
    const text = (from: Record<string, unknown>, field: string) => {
      const value = from[field];
      if (typeof value !== "string") throw new Error(`${this.path}: has no ${field}`);
      return value;
    };
    const pem = (from: Record<string, unknown>, field: string) =>
      Buffer.from(text(from, field), "base64").toString();
    return {
      server: text(this.cluster, "server"),
      ca: pem(this.cluster, "certificate-authority-data"),
      cert: pem(this.user, "client-certificate-data"),
      key: pem(this.user, "client-key-data"),
    };
  }

  /** The kubeconfig with another server, its authority in PEM, and the same names. @param user default: the file's own */
  leadingTo(server: string, authority: string, user: object = this.user): string {
    const cluster = { server, "certificate-authority-data": Buffer.from(authority).toString("base64") };
    return stringify({
      ...this.content,
      clusters: [{ name: this.clusterName, cluster }],
      users: [{ name: this.userName, user }],
    });
  }
}
