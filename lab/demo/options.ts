/** What `--scenario` chooses from; the first is the default. */
export const scenarioNames = ["hosted", "admin", "kubeadm", "backup"] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** What `npm run demo -- …` was asked for. */
export interface DemoOptions {
  /** Default "hosted". */
  readonly scenario: ScenarioName;
  /** Name of the lab. Default "demo". */
  readonly name: string;
  /** API servers of the user cluster. Default 3. */
  readonly apiservers: number;
  /** Whether the PodDisruptionBudget exists. Default true. */
  readonly pdb: boolean;
  /** Objects that fill the cluster. Default 2000. */
  readonly objects: number;
  /** File for the report. Default: none. */
  readonly report?: string;
  /** Whether the lab runs on when the demo has ended. Default false. */
  readonly keep: boolean;
}

/** Options that some scenarios take and others do not; see scenario.ts. */
export const ownOptions = ["objects", "apiservers", "pdb"] as const satisfies readonly (keyof DemoOptions)[];
export type OwnOption = (typeof ownOptions)[number];
