import * as pulumi from "@pulumi/pulumi";
import { readConfig } from "./config";
import { UserError } from "./errors";
import { declareStack } from "./stack";

/** The program: configuration, the stack's components, its outputs. A user's mistake is shown without a stack trace. */
export async function program(): Promise<Record<string, pulumi.Input<unknown>>> {
  try {
    return await declareStack(readConfig());
  } catch (error) {
    throw error instanceof UserError ? new pulumi.RunError(error.message) : error;
  }
}
