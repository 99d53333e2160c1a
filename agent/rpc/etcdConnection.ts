import * as grpc from "@grpc/grpc-js";
import { parse, type Type } from "protobufjs";
import { FailedError } from "../../components/errors";
import { ETCD_PROTO } from "./etcdProto";
import { checkServerName } from "./serverName";
import { snapshotStream } from "./snapshotStream";

/** Client certificate and authority, PEM. */
export interface ClientTls {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** What one member says of itself. */
export interface EtcdStatus {
  readonly role: "leader" | "follower" | "learner" | "no-leader";
  readonly clusterId: bigint;
  readonly revision: bigint;
  readonly applied: bigint;
  /** e.g. "3.6.14" */
  readonly version: string;
}

interface Header {
  readonly clusterId: string;
  readonly memberId: string;
  readonly revision: string;
}

/** Keys with the revisions of their last writes, in decimal; revision is the store's own. */
export interface KeysPage {
  readonly revision: string;
  readonly keys: readonly { readonly key: Buffer; readonly revision: string }[];
  readonly more: boolean;
}

const root = parse(ETCD_PROTO).root;
const typeOf = (name: string): Type => root.lookupType(`etcdserverpb.${name}`);

/** One member of etcd, over gRPC. Must be closed. */
export class EtcdConnection {
  private readonly client: grpc.Client;

  /** @param name of the member, for messages. @param url `https://host:port`, or `http://…` without tls */
  constructor(
    readonly name: string,
    private readonly url: string,
    private readonly tls?: ClientTls,
  ) {
    const credentials =
      tls === undefined
        ? grpc.credentials.createInsecure()
        : grpc.credentials.createSsl(tls.ca, tls.key, tls.cert, { checkServerIdentity: checkServerName });
    this.client = new grpc.Client(new URL(url).host, credentials, {
      "grpc.max_receive_message_length": -1,
      // beside etcd; what is set for the way to a bucket is not for it
      "grpc.enable_http_proxy": 0,
    });
  }

  close(): void {
    this.client.close();
  }

  /** @param seconds longest time. @throws FailedError */
  async status(seconds: number): Promise<EtcdStatus> {
    const said = await this.#ask("Maintenance", "Status", {}, seconds);
    const { clusterId, memberId, revision } = said.header as Header;
    const leader = String(said.leader);
    const voter = leader === memberId ? "leader" : "follower";
    return {
      role: said.isLearner === true ? "learner" : leader === "0" ? "no-leader" : voter,
      clusterId: BigInt(clusterId),
      revision: BigInt(revision),
      applied: BigInt(String(said.raftAppliedIndex)),
      version: String(said.version),
    };
  }

  /** Hash of all keys and revisions, as etcd computes it. @throws FailedError */
  async hashKv(seconds: number): Promise<number> {
    return Number((await this.#ask("Maintenance", "HashKV", {}, seconds)).hash);
  }

  /** Keys from one on, without values. @throws FailedError */
  async keysFrom(from: Buffer, limit: number, seconds: number): Promise<KeysPage> {
    const asked = { key: from, rangeEnd: Buffer.from([0]), limit, keysOnly: true };
    const { header, kvs, more } = await this.#ask("KV", "Range", asked, seconds);
    const all = kvs as readonly { readonly key: Buffer; readonly modRevision: string }[];
    return {
      revision: (header as Header).revision,
      keys: all.map(({ key, modRevision }) => ({ key, revision: modRevision })),
      more: more === true,
    };
  }

  /** The snapshot's pieces, as the member sends them. @throws FailedError where they end early; the signal's reason */
  async *snapshot(signal: AbortSignal): AsyncGenerator<Buffer> {
    signal.throwIfAborted();
    if (this.tls === undefined) throw new Error("a snapshot is taken over TLS");
    const stream = snapshotStream(this.url, this.tls, signal);
    try {
      yield* stream;
    } catch (error) {
      throw signal.aborted ? signal.reason : this.#failed("Snapshot", error as Error);
    }
  }

  #ask(service: string, name: string, request: object, seconds: number): Promise<Record<string, unknown>> {
    const answer = typeOf(`${name}Response`);
    return new Promise((done, fail) => {
      this.client.makeUnaryRequest(
        pathOf(service, name),
        (asked: object) => encode(`${name}Request`, asked),
        // ids and revisions exceed 2^53
        (bytes) => answer.toObject(answer.decode(bytes), { longs: String, defaults: true }),
        request,
        { deadline: Date.now() + seconds * 1000 },
        (error, said) => (said === undefined ? fail(this.#failed(name, error)) : done(said)),
      );
    });
  }

  #failed(name: string, error: Partial<grpc.ServiceError> | null): FailedError {
    const why = error?.details || error?.message || "no answer";
    return new FailedError(
      `${this.name} (${this.url}): ${name} failed: ${why}.`,
      "Look: members and tls of the settings.",
    );
  }
}

const pathOf = (service: string, name: string): string => `/etcdserverpb.${service}/${name}`;

function encode(name: string, message: object): Buffer {
  const type = typeOf(name);
  return Buffer.from(type.encode(type.create(message)).finish());
}
