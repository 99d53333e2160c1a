import * as pulumi from "@pulumi/pulumi";

/** The SDK's own, which a test pins (test/graph/callStacks.test.ts). */
interface StackTraces {
  stackTrace?: (skip: number) => readonly unknown[];
}

/**
 * Declares resources without the call stack of each: the SDK records all of it, a fifth of a restore's state, with the
 * paths of this package on the machine that declared it.
 */
export function withoutCallStacks<T>(declare: () => T): T {
  const resource = pulumi.Resource as unknown as StackTraces;
  const own = resource.stackTrace;
  if (own === undefined) return declare();
  resource.stackTrace = () => [];
  try {
    return declare();
  } finally {
    resource.stackTrace = own;
  }
}
