import { admin } from "./admin/admin";
import { backup } from "./backup/backup";
import { hosted } from "./hosted/hosted";
import { kubeadm } from "./kubeadm/kubeadm";
import type { ScenarioName } from "./options";
import type { Scenario } from "./scenario";

/** Each in a folder of its own; a new one is also named in options.ts. */
export const scenarios: Readonly<Record<ScenarioName, Scenario>> = { hosted, admin, kubeadm, backup };
