import type { Log } from "../progress";

export async function providePackages(_log: Log): Promise<void> {}
