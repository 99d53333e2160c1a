import * as pulumi from "@pulumi/pulumi";

/** The package that declares what is on Google Cloud is an optional one. @throws RunError where it is not installed */
export function needGcp(name: string, resolve: (id: string) => string = require.resolve): void {
  try {
    resolve("@pulumi/gcp/package.json");
  } catch {
    throw new pulumi.RunError(
      `BackupVault ${name}: the package @pulumi/gcp is not installed. npm install @pulumi/gcp`,
    );
  }
}
