import { writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type OpenRestore, openRestore } from "../../automation/recovery/openRestore";
import type { RecoveryOptions } from "../../automation/recovery/recoveryCommand";
import { FailedError, RefusedError, UserError } from "../../components/errors";
import { answer, Scene, status } from "./access/scene";

const names = JSON.stringify({
  ...{ MEMBERS: "kube-etcd-0 kube-etcd-1", ETCD_STATEFULSET: "kube-etcd", ETCD_CONTAINER: "kube-etcd" },
  ...{ ETCD_ENDPOINTS: "https://kube-etcd-0.kube-etcd:2379", ETCD_CLIENT_PORT: "2379" },
  ...{ ETCD_CA: "/pki/ca", ETCD_CERTIFICATE: "/pki/crt", ETCD_KEY: "/pki/key", DATA_CLAIM: "data" },
  ...{ APISERVER_STATEFULSET: "kube-apiserver", APISERVER_PDB: "pdb", MAINTENANCE: "m" },
  CONTROLLERS: "discover",
});
const ledger = { id: "n1", phase: "swapped", holder: "me@here", swapped: "2026-01-01T00:00:00Z", names };

/** The ledger as `etcd-recovery resume` and `undo` find it. */
describe("commands of a restore that is found by its ledger", () => {
  let scene: Scene;
  const asked: string[] = [];
  beforeAll(() => {
    scene = new Scene();
  });
  afterEach(() => {
    asked.length = 0;
    return scene.quiet();
  });
  afterAll(() => scene.end());

  /** A cluster that answers so. @returns path of a kubeconfig for it */
  const cluster = async (listener: RequestListener) =>
    scene.kubeconfig(
      await scene.serve((request, response) => {
        asked.push(`${request.method} ${request.url}`);
        listener(request, response);
      }),
      { token: "t" },
    );
  const holding = (data: object) =>
    cluster((_, response) =>
      answer(response, 200, { metadata: { name: "etcd-recovery", resourceVersion: "1" }, data }),
    );
  const refusing = (code: number, reason: string) =>
    cluster((_, response) => answer(response, code, status(code, reason)));

  const found = (adminKubeconfig: string, more: Partial<RecoveryOptions> = {}): Promise<OpenRestore> =>
    openRestore({ adminKubeconfig, namespace: "uc1", ...more });
  const failure = async (kubeconfig: string, more: Partial<RecoveryOptions> = {}): Promise<UserError> => {
    const error = await found(kubeconfig, more).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  };
  const refusal = async (kubeconfig: string, more: Partial<RecoveryOptions> = {}) =>
    (await failure(kubeconfig, more)).message;

  it("asks the named cluster, in the named namespace, and changes nothing", async () => {
    const kubeconfig = await holding({ ...ledger, kind: "repair", more: "x" });
    const userKubeconfig = scene.kubeconfig("https://127.0.0.1:1", { token: "t" });
    const restore = await found(kubeconfig, { adminContext: "x", userKubeconfig });
    expect(restore.members).toEqual(["kube-etcd-0", "kube-etcd-1"]);
    expect(restore.ledger).toMatchObject({ id: "n1", phase: "swapped", kind: "repair", names });
    expect(restore.arguments).toEqual({
      ...{ format: 1, operation: "repair", id: "n1", request: {} },
      substrate: {
        ...{ kind: "hosted", namespace: "uc1", adminKubeconfig: kubeconfig },
        ...{ adminContext: "x", userKubeconfig },
      },
    });
    expect(new Set(asked)).toEqual(new Set(["GET /api/v1/namespaces/uc1/configmaps/etcd-recovery"]));
  });

  it("refuses a context that the kubeconfig does not have", async () => {
    expect(await refusal(await holding(ledger), { adminContext: "prod" })).toMatch(
      /^--admin-context: context "prod" is not in .*; it has: x\. --admin-context NAME/,
    );
    expect(asked).toEqual([]);
  });

  it("takes one without a kind for a restore's, and knows a roll-back's", async () => {
    const plain = await found(await holding(ledger));
    expect(plain.ledger).toMatchObject({ kind: "restore", format: 1 });
    expect(plain.arguments.operation).toBe("restore");
    expect(plain.arguments.substrate).not.toHaveProperty("adminContext");
    const back = await found(await holding({ ...ledger, rollback: "n0", source: "kube-etcd-0" }));
    expect(back.arguments.operation).toBe("rollback");
  });

  it("says that there is none", async () => {
    expect(await refusal(await refusing(404, "NotFound"))).toBe(
      "--namespace uc1: has no ledger: no restore was ever opened there.",
    );
  });

  it("says that it is none of ours, and whose it may be", async () => {
    expect(await refusal(await holding({ id: "n1" }))).toMatch(
      /^the ledger uc1\/etcd-recovery: not written by this program: its names/,
    );
    expect(await refusal(await holding({ ...ledger, phase: "nonsense" }))).toMatch(
      /^the ledger uc1\/etcd-recovery: not written by this program: phase\. Look at it/,
    );
    expect(await refusal(await holding({ ...ledger, format: "3" }))).toMatch(
      /^the ledger uc1\/etcd-recovery has format 3, .*: a newer one wrote it\. Use that program/,
    );
  });

  describe("a cluster that cannot be asked:", () => {
    const unasked = /^--admin-kubeconfig: the admin cluster could not be asked: /;

    it("a server that does not listen", async () => {
      const kubeconfig = scene.kubeconfig("https://127.0.0.1:1", { token: "t" });
      expect(await refusal(kubeconfig)).toBe(
        "--admin-kubeconfig: the admin cluster could not be asked: connect ECONNREFUSED 127.0.0.1:1",
      );
    });

    it("a right that is missing, in the server's words", async () => {
      const said = await refusal(await refusing(403, "Forbidden"));
      expect(said).toMatch(new RegExp(`${unasked.source}.*Forbidden it is`));
    });

    it("a server that fails", async () => {
      const said = await refusal(await refusing(500, "InternalError"));
      expect(said).toMatch(new RegExp(`${unasked.source}.*InternalError it is`));
    });

    it("each of them is a failure: exit code 1", async () => {
      expect(await failure(await refusing(500, "InternalError"))).toBeInstanceOf(FailedError);
    });

    it("a credential plugin that is missing", async () => {
      const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "no-such-plugin" };
      const kubeconfig = scene.kubeconfig("https://127.0.0.1:1", { exec });
      expect(await refusal(kubeconfig)).toMatch(/no-such-plugin/);
    });
  });

  describe("the kubeconfig checks of a stack, in an option's words:", () => {
    it("a file that is not there; `~` is the home directory, which no shell put in", async () => {
      expect(await refusal("/no/such/file")).toBe(
        "--admin-kubeconfig: /no/such/file: cannot be read: ENOENT (no such file). Give another: --admin-kubeconfig PATH",
      );
      expect(await refusal("~/no/such/file")).toContain(`: ${join(homedir(), "no/such/file")}: `);
      const userKubeconfig = "~/no/such/user";
      expect(await refusal(await holding(ledger), { userKubeconfig })).toMatch(/^--user-kubeconfig: /);
      expect(asked).toEqual([]);
    });

    it("a server whose certificate nobody checks, unless it is named", async () => {
      const address = await scene.serve((request, response) => {
        asked.push(`${request.method} ${request.url}`);
        answer(response, 200, { metadata: { name: "etcd-recovery", resourceVersion: "1" }, data: ledger });
      });
      const insecure = { "certificate-authority-data": undefined, "insecure-skip-tls-verify": true };
      const kubeconfig = scene.kubeconfig(address, { token: "t" }, insecure);
      const error = await failure(kubeconfig);
      expect(error).toBeInstanceOf(RefusedError);
      expect(error.message).toMatch(/: has insecure-skip-tls-verify: nobody checks who answers\./);
      expect(error.remedy).toMatch(new RegExp(`--allow-insecure ${address}$`));
      expect(asked).toEqual([]);
      expect((await found(kubeconfig, { allowInsecure: [address] })).ledger.id).toBe("n1");
    });

    it("a text that is not a kubeconfig", async () => {
      const file = join(scene.directory, "text");
      writeFileSync(file, "Error from server");
      expect(await refusal(file)).toMatch(/: is not a kubeconfig .* Give another: --admin-kubeconfig PATH$/);
    });
  });
});
