import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import * as zlib from "node:zlib";
import { Encrypter, generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { InputExec, KubectlExec } from "../../../components/access/kubectlStream";
import type { ExecResult } from "../../../components/access/podExec";
import { unpackedFile } from "../../../components/access/unpackedFile";
import { MemberScriptError, type Volumes } from "../../../components/procedure/substrate";
import { PodScene } from "../../support/podScene";

const directory = mkdtempSync(join(tmpdir(), "etcd-recovery-streams-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Compressible, and of more than one chunk. */
const content = Buffer.alloc(3_000_000, "snapshot ");
const kept = (name: string, bytes: Buffer): string => {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
};

/** RFC 8878: a frame of one raw block, of less than 256 bytes. */
function zstdFrame(bytes: Buffer): Buffer {
  const block = 1 | (bytes.length << 3);
  const head = [0x28, 0xb5, 0x2f, 0xfd, 0x20, bytes.length, block & 0xff, block >> 8, 0];
  return Buffer.concat([Buffer.from(head), bytes]);
}

async function whole(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("a file that goes to a volume", () => {
  it("goes as it is, or unpacked", async () => {
    expect((await whole(await unpackedFile(kept("plain", content)))).equals(content)).toBe(true);
    const packed = kept("gz", zlib.gzipSync(content));
    expect((await whole(await unpackedFile(packed))).equals(content)).toBe(true);
    expect((await whole(await unpackedFile(kept("short", Buffer.from("ab"))))).toString()).toBe("ab");
  });

  it("goes unpacked when it is zstd's", async () => {
    const frames = Array.from({ length: 9000 }, (_, n) => zstdFrame(Buffer.alloc(200, n)));
    const plain = Array.from({ length: 9000 }, (_, n) => Buffer.alloc(200, n));
    const packed = kept("zst", Buffer.concat(frames));
    expect((await whole(await unpackedFile(packed))).equals(Buffer.concat(plain))).toBe(true);
  });

  it("fails, and does not end, when it is cut or is not there", async () => {
    const packed = zlib.gzipSync(content);
    const cut = kept("cut", packed.subarray(0, packed.length - 20));
    await expect(unpackedFile(cut).then(whole)).rejects.toThrow(/unexpected end of file/);
    await expect(unpackedFile(join(directory, "none"))).rejects.toThrow(/ENOENT/);
  });
});

describe("streams to and between volumes", () => {
  let scene: PodScene;
  let volumes: Volumes;
  let sent: (Omit<InputExec, "input"> & { bytes: Buffer }) | undefined;
  let read: KubectlExec | undefined;
  let answer: ExecResult;
  beforeEach(() => {
    scene = new PodScene();
    sent = undefined;
    answer = { code: 0, stdout: "sha256 aa\n", stderr: "" };
    volumes = scene.volumes({
      async execWithInput({ input, ...options }) {
        sent = { ...options, bytes: await whole(input) };
        return answer;
      },
      execToStream(options) {
        read = options;
        return Readable.from([Buffer.from("packed")]);
      },
    });
  });

  it("a file is sent into the member's Pod, packed as is said", async () => {
    const pod = scene.utility("kube-etcd-1");
    const call = { script: "receive.sh", argv: ["r1", "3000000", "aa", "gzip"] };
    const path = kept("packed.gz", zlib.gzipSync(content));
    expect(await volumes.send("kube-etcd-1", call, { path, codec: "gzip" })).toBe("sha256 aa\n");
    expect(sent).toMatchObject({
      kubeconfig: "/kube/admin",
      context: "prod",
      namespace: "uc1",
      pod,
      container: "etcd-utility",
      pack: "gzip",
      stallSeconds: scene.times.stall,
    });
    expect(sent?.command.slice(4)).toEqual([pod, "/etcd-recovery/receive.sh", "r1", "3000000", "aa", "gzip"]);
    expect(sent?.bytes.equals(content)).toBe(true);
  });

  it("a file that is encrypted is sent decrypted and unpacked, by its file of identities", async () => {
    scene.utility("kube-etcd-1");
    const identity = await generateIdentity();
    const identityFile = kept("mine.age", Buffer.from(identity));
    const encrypter = new Encrypter();
    encrypter.addRecipient(await identityToRecipient(identity));
    const plain = Buffer.alloc(200, "x");
    const path = kept("snapshot.db.zst.age", Buffer.from(await encrypter.encrypt(zstdFrame(plain))));
    const call = { script: "receive.sh", argv: ["r1", "200", "aa", "none"] };
    await volumes.send("kube-etcd-1", call, { path, identityFile, codec: "none" });
    expect(sent?.bytes.equals(plain)).toBe(true);
    expect(JSON.stringify(sent?.command)).not.toContain(identity);
  });

  it("a script that did not get what was announced is an error with its code", async () => {
    scene.utility("kube-etcd-1");
    answer = { code: 75, stdout: "", stderr: "the stream was cut\ncommand terminated with exit code 75\n" };
    const sending = volumes.send(
      "kube-etcd-1",
      { script: "receive.sh", argv: ["r1"] },
      {
        path: kept("x", content),
        codec: "none",
      },
    );
    const error = await sending.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(MemberScriptError);
    expect(error).toMatchObject({ code: 75, said: "the stream was cut" });
  });

  it("a file that ends too early is named, and nothing is taken for sent", async () => {
    scene.utility("kube-etcd-1");
    const packed = zlib.gzipSync(content);
    const call = { script: "receive.sh", argv: ["r1"] };
    for (const path of [kept("half", packed.subarray(0, packed.length - 20)), join(directory, "none")]) {
      await expect(volumes.send("kube-etcd-1", call, { path, codec: "none" })).rejects.toThrow(
        `${path}: cannot be read: `,
      );
    }
    expect(sent).toBeUndefined();
  });

  it("one member's data goes to another as its script packs it", async () => {
    const [from, to] = [scene.utility("kube-etcd-0"), scene.utility("kube-etcd-1")];
    const send = { script: "send-previous.sh", argv: ["r1", "r0", "zstd"] };
    const receive = { script: "receive.sh", argv: ["r1", "6", "aa", "zstd"] };
    await volumes.copy("kube-etcd-0", send, "kube-etcd-1", receive);
    expect(read?.pod).toBe(from);
    expect(read?.command.slice(5)).toEqual(["/etcd-recovery/send-previous.sh", "r1", "r0", "zstd"]);
    expect(sent).toMatchObject({ pod: to, bytes: Buffer.from("packed") });
    expect(sent?.pack ?? "none").toBe("none");
  });

  it("codecs are those whose programs this machine has", async () => {
    const bin = mkdtempSync(join(directory, "bin-"));
    writeFileSync(join(bin, "gzip"), "", { mode: 0o755 });
    vi.stubEnv("PATH", bin);
    try {
      expect(await volumes.codecs()).toEqual(["gzip"]);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
