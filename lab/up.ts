import type { Lab, LabOptions } from "./lab";

export async function bringUp(_options: LabOptions): Promise<Lab> {
  throw new Error("not written yet");
}
