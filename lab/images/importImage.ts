import { createReadStream } from "node:fs";
import type { Lab, MachineName } from "../lab";
import type { ArchivedImage } from "./agentImage";

/** Gives a running node of a lab an image that its store did not begin with. */
export async function importImage(lab: Lab, machine: MachineName, { archive }: ArchivedImage): Promise<void> {
  // a machine sees those of the host's files alone that were there before it
  const input = createReadStream(archive);
  await lab.onMachine(machine, ["ctr", "--namespace", "k8s.io", "images", "import", "-"], { input });
}
