import type { RequestListener } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type OpenRestore, recoveryCommand } from "../../automation/recovery/recoveryCommand";
import { UserError } from "../../components/errors";
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

  /** What the command's work is given. */
  const found = async (kubeconfig: string, ...argv: string[]): Promise<OpenRestore> => {
    let restore: OpenRestore | undefined;
    const command = recoveryCommand("resume", "a test", async (given) => {
      restore = given;
    });
    const options = ["--admin-kubeconfig", kubeconfig, "--namespace", "uc1", ...argv];
    await command.parseAsync(options, { from: "user" });
    if (restore === undefined) throw new Error("nothing was given");
    return restore;
  };
  const refusal = async (kubeconfig: string, ...argv: string[]) => {
    const error = await found(kubeconfig, ...argv).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UserError);
    const { message, remedy = "" } = error as UserError;
    return `${message} ${remedy}`.trim();
  };

  it("asks the named cluster, in the named namespace, and changes nothing", async () => {
    const kubeconfig = await holding({ ...ledger, kind: "repair", more: "x" });
    const restore = await found(kubeconfig, "--admin-context", "x", "--user-kubeconfig", "/k/user");
    expect(restore.ledger).toMatchObject({ id: "n1", phase: "swapped", kind: "repair", names });
    expect(restore.arguments).toEqual({
      ...{ format: 1, operation: "repair", id: "n1", request: {} },
      substrate: {
        ...{ kind: "hosted", namespace: "uc1", adminKubeconfig: kubeconfig },
        ...{ adminContext: "x", userKubeconfig: "/k/user" },
      },
    });
    expect(new Set(asked)).toEqual(new Set(["GET /api/v1/namespaces/uc1/configmaps/etcd-recovery"]));
  });

  it("refuses a context that the kubeconfig does not have", async () => {
    expect(await refusal(await holding(ledger), "--admin-context", "prod")).toMatch(/prod/);
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
      "--namespace uc1: holds no ledger: no restore was ever opened there.",
    );
  });

  it("says that it is none of ours, and whose it may be", async () => {
    expect(await refusal(await holding({ id: "n1" }))).toMatch(
      /^the ledger uc1\/etcd-recovery is none that this program wrote: its names/,
    );
    expect(await refusal(await holding({ ...ledger, phase: "nonsense" }))).toMatch(
      /^the ledger uc1\/etcd-recovery is none that this program wrote: phase Look at it/,
    );
    expect(await refusal(await holding({ ...ledger, format: "3" }))).toMatch(
      /^the ledger uc1\/etcd-recovery has format 3, .*: a newer one wrote it Use that program/,
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

    it("a credential plugin that is missing", async () => {
      const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "no-such-plugin" };
      const kubeconfig = scene.kubeconfig("https://127.0.0.1:1", { exec });
      expect(await refusal(kubeconfig)).toMatch(/no-such-plugin/);
    });

    it("a kubeconfig that is not there", async () => {
      expect(await refusal("/no/such/file")).toMatch(/\/no\/such\/file/);
    });
  });
});
