import { ApiError, type Dispatch } from "./apiError";

/**
 * Bounds a whole call: whatever it does then, this one ends.
 *
 * @param call gets a signal that is given when the time is over, to end what it has begun
 * @throws ApiError "timeout"
 */
export async function withinSeconds<T>(
  seconds: number,
  server: string,
  dispatch: Dispatch,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, failed) => {
    timer = setTimeout(() => {
      const sent = dispatch.write && dispatch.sent;
      failed(new ApiError("timeout", `no answer from ${server} within ${seconds} s`, { sent }));
      controller.abort();
    }, seconds * 1000);
  });
  try {
    return await Promise.race([call(controller.signal), expiry]);
  } finally {
    clearTimeout(timer);
  }
}
