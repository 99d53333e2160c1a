import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { RestoreSettings, UpdateOptions } from "../../automation/driver";
import { imageNames } from "../images/labImages";
import type { Lab, UserCluster } from "../lab";
import type { Account } from "./account";
import type { ControlPlane } from "./controlPlane";
import type { DemoOptions } from "./demoOptions";
import type { UserApi } from "./userApi";

/** What every part of the demo works with. */
export interface Scene {
  readonly lab: Lab;
  readonly cluster: UserCluster;
  readonly api: UserApi;
  readonly controlPlane: ControlPlane;
  readonly account: Account;
  readonly options: DemoOptions;
  /** Environment of Pulumi and of what it starts. */
  readonly environment: Readonly<Record<string, string>>;
  /** Directory of the account, Pulumi's logs and the store of backups. */
  readonly directory: string;
}

/** Options of an update of one stack; Pulumi's own text goes to `pulumi-<stack>.log`. */
export function updateOptions(scene: Scene, stack: string): UpdateOptions {
  const log = join(scene.directory, `pulumi-${stack}.log`);
  const { environment } = scene;
  return { stack, environment, onOutput: (text) => appendFileSync(log, text, { mode: 0o600 }) };
}

/** What backup and restore stacks say of the cluster. */
export function clusterSettings({ lab, cluster }: Scene) {
  return {
    cluster: cluster.name,
    members: cluster.members,
    adminKubeconfig: lab.adminKubeconfig,
    userKubeconfig: cluster.kubeconfig,
  };
}

/** Configuration of a restore stack. */
export function restoreSettings(scene: Scene, restore: RestoreSettings["restore"]): RestoreSettings {
  return { ...clusterSettings(scene), utilityImage: imageNames.etcdUtil, restore };
}
