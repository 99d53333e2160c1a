import * as fs from "node:fs";
import { Worker } from "node:worker_threads";

/**
 * Starts a thread from a file of plain JavaScript, which needs none of the loaders of the program that reads a
 * snapshot. Its errors are not reported: a synchronous caller never gets to hear of an event, and has to see a stall.
 *
 * @returns undefined where none can be started: the file is not there (a program bundled without it), or the system
 * refuses.
 */
export function startWorker(file: string, workerData: Readonly<Record<string, unknown>>): Worker | undefined {
  if (!fs.existsSync(file)) return undefined;
  try {
    const worker = new Worker(file, { workerData, execArgv: [], env: {} });
    worker.on("error", () => undefined);
    worker.unref();
    return worker;
  } catch {
    return undefined;
  }
}
