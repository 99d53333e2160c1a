import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "./testSnapshot";

/** The files that components look at before they declare anything. */
export interface ComponentScene {
  readonly directory: string;
  /** A kubeconfig whose server nobody answers for. */
  readonly kubeconfig: string;
  /** A sound snapshot. */
  readonly snapshot: string;
  remove(): void;
}

/** A kubeconfig's content; port 1 of this machine refuses connections at once. */
export const kubeconfigText = [
  "apiVersion: v1",
  "kind: Config",
  "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]",
  "users: [{name: u, user: {token: S3cretToken}}]",
  "contexts: [{name: c, context: {cluster: c, user: u}}]",
  "current-context: c",
  "",
].join("\n");

/** In a directory of its own; remove it in `afterAll`. */
export function componentScene(): ComponentScene {
  const directory = scratchDirectory();
  const kubeconfig = join(directory, "admin.kubeconfig");
  writeFileSync(kubeconfig, kubeconfigText, { mode: 0o600 });
  return {
    directory,
    kubeconfig,
    snapshot: writeSnapshot(directory, "snapshot.db", { records: kubernetesRecords(3) }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
