import type { RestoreSettings } from "../../../automation/driver";
import { imageNames } from "../../images/labImages";
import type { UserCluster } from "../../lab";
import type { ControlPlane } from "../controlPlane";
import type { Scene } from "../scene";
import type { UserApi } from "../userApi";

/** What every part of this scenario works with. */
export interface HostedScene extends Scene {
  readonly cluster: UserCluster;
  readonly api: UserApi;
  readonly controlPlane: ControlPlane;
}

/** What backup and restore stacks say of the cluster. */
export function clusterSettings({ lab, cluster }: HostedScene) {
  return {
    cluster: cluster.name,
    members: cluster.members,
    adminKubeconfig: lab.adminKubeconfig,
    userKubeconfig: cluster.kubeconfig,
  };
}

/** Configuration of a restore stack. */
export function restoreSettings(scene: HostedScene, restore: RestoreSettings["restore"]): RestoreSettings {
  return { ...clusterSettings(scene), utilityImage: imageNames.etcdUtil, restore };
}
