import type * as pulumi from "@pulumi/pulumi";
import { readConfig } from "./config";
import { plainly } from "./decided";
import { declareStack } from "./stack";

/**
 * The whole program: configuration, the stack's component, its outputs. Export it from a project's index, and the
 * project is one. A user's mistake is shown without a stack trace.
 */
export async function program(): Promise<Record<string, pulumi.Input<unknown>>> {
  try {
    return declareStack(readConfig());
  } catch (error) {
    return plainly(error);
  }
}
