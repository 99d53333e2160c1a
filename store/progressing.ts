import type { Readable } from "node:stream";

/** Nothing moved for too long. */
export class StalledError extends Error {
  constructor(readonly seconds: number) {
    super(`nothing moved for ${seconds} s`);
    this.name = "StalledError";
  }
}

/** A signal that aborts when nothing has moved for so long. */
export interface Watch {
  readonly signal: AbortSignal;
  readonly moved: () => void;
  /** Must be called. */
  readonly end: () => void;
}

export function aborting(seconds: number): Watch {
  const controller = new AbortController();
  const late = () => controller.abort(new StalledError(seconds));
  const timer = setTimeout(late, seconds * 1000);
  const moved = () => void (controller.signal.aborted || timer.refresh());
  return { signal: controller.signal, moved, end: () => clearTimeout(timer) };
}

/** A stream's chunks. @throws StalledError when one takes too long */
export async function* progressing(stream: Readable, seconds: number): AsyncGenerator<Buffer> {
  const { signal, moved, end } = aborting(seconds);
  const stop = () => stream.destroy(signal.reason as Error);
  signal.addEventListener("abort", stop);
  try {
    for await (const chunk of stream) {
      moved();
      yield chunk as Buffer;
      // what the reader takes is not the stream's time
      moved();
    }
  } finally {
    end();
    signal.removeEventListener("abort", stop);
    stream.destroy();
  }
}
