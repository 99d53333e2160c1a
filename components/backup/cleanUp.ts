const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Does the work, and cleans up after it in any case: also when this process is told to end, which it does after that.
 *
 * @param clean must end by itself, and throw nothing
 */
export async function cleanUp<T>(clean: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  const end = (signal: NodeJS.Signals) => {
    void clean().finally(() => process.exit(128 + signals[signal as keyof typeof signals]));
  };
  const names = Object.keys(signals) as NodeJS.Signals[];
  for (const name of names) process.once(name, end);
  try {
    return await work();
  } finally {
    for (const name of names) process.off(name, end);
    await clean();
  }
}
