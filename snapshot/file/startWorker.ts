import * as fs from "node:fs";
import { type ResourceLimits, Worker } from "node:worker_threads";

/**
 * Starts a thread from a file of plain JavaScript, which needs none of the loaders of the program that reads a
 * snapshot. Its errors are not reported: a synchronous caller never gets to hear of an event, and has to see a stall.
 *
 * @returns undefined where none can be started: the file is not there (a program bundled without it), or the system
 * refuses.
 * @param resourceLimits of the thread's heap; what it keeps in buffers is not counted. Default: none of its own.
 */
export function startWorker(
  file: string,
  workerData: Readonly<Record<string, unknown>>,
  resourceLimits?: ResourceLimits,
): Worker | undefined {
  if (!fs.existsSync(file)) return undefined;
  try {
    const worker = new Worker(file, {
      workerData,
      execArgv: [],
      env: {},
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    worker.on("error", () => undefined);
    worker.unref();
    return worker;
  } catch {
    return undefined;
  }
}
