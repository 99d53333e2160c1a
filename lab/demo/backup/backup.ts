import { provideAgentImage } from "../../images/agentImage";
import type { Scenario } from "../scenario";
import { play } from "./play";

/** Schedules, a vault that nobody can empty, and backups that are proven. */
export const backup: Scenario = {
  title: "One `pulumi up` makes backups happen, and shows when one of them is no longer good.",
  options: [],
  lab: () => ({ workers: 1, members: 1, apiservers: 1 }),
  prepare: provideAgentImage,
  introduce: (lab) => [`user cluster ${lab.userCluster().name}, its etcd backed up by CronJobs beside it`],
  play,
};
