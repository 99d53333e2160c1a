import type { Lab, LabOptions } from "../lab";
import type { Log } from "../progress";
import type { DemoOptions, OwnOption } from "./options";
import type { Scene } from "./scene";

/** A story that the demo plays: on which lab, what happens, and what must hold at its end. */
export interface Scenario {
  /** One sentence, said before anything starts. */
  readonly title: string;
  /** Options of the command line that it takes beside those of every scenario; any other is refused. */
  readonly options: readonly OwnOption[];
  /** How its lab starts; name and log are the demo's own affair. */
  lab(options: DemoOptions): Omit<LabOptions, "name" | "log">;
  /** Fetches or builds what the lab has not: inside the workstation's network there is nowhere to fetch it from. */
  prepare?(log: Log): Promise<unknown>;
  /** What a person is told of the lab when it runs, a line each. */
  introduce(lab: Lab, options: DemoOptions): readonly string[];
  /** Plays it, from inside the workstation's network. Chapters are numbered from 2; the last one sums up. */
  play(scene: Scene): Promise<Ending>;
}

/** How a scenario ended. */
export interface Ending {
  /** What `--report` writes, as JSON. */
  readonly report: object;
  /** What does not hold, a sentence each; the demo fails when there is one. */
  readonly failures: readonly string[];
  /** What is said when nothing failed. */
  readonly holds: string;
}
