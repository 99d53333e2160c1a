import * as pulumi from "@pulumi/pulumi";
import { readConfig } from "./components/config";
import { UserError } from "./components/errors";
import { declareStack } from "./components/stack";

/** The program: configuration, the stack's components, its outputs. A user's mistake is shown without a stack trace. */
export = async () => {
  try {
    return await declareStack(readConfig());
  } catch (error) {
    throw error instanceof UserError ? new pulumi.RunError(error.message) : error;
  }
};
