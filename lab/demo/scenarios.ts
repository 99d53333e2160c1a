import { admin } from "./admin/admin";
import { hosted } from "./hosted/hosted";
import { kubeadm } from "./kubeadm/kubeadm";
import type { Scenario } from "./scenario";

/** What `--scenario` chooses from; the first is the default. A new one is a folder beside hosted/ and a line here. */
export const scenarios = { hosted, admin, kubeadm } as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof scenarios;

export const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[];
