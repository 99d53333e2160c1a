import type { Lab, LoadOptions, LoadReport } from "../lab";

export async function loadCluster(_lab: Lab, _options: LoadOptions): Promise<LoadReport> {
  throw new Error("not written yet");
}
