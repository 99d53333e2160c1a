import type { storage } from "@pulumi/gcp";
import type { AgeRule } from "../vaultPlan";
import { type Declaring, kept, labels } from "./declared";
import type { DeclaredKey } from "./key";

/** Uploads that were begun and never finished are forgotten after so many days. */
const UNFINISHED_DAYS = 7;

export function declareBucket(
  { parent, name, settings, plan }: Declaring,
  { key, grant }: DeclaredKey,
): storage.Bucket {
  const { Bucket } = require("@pulumi/gcp/storage") as typeof storage;
  const { project, bucket, location, regions, versioning, immutable } = settings;
  return new Bucket(
    `${name}-bucket`,
    {
      project,
      name: bucket,
      location: location.toUpperCase(),
      storageClass: "STANDARD",
      ...(regions === undefined
        ? {}
        : { customPlacementConfig: { dataLocations: regions.map((region) => region.toUpperCase()) } }),
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      forceDestroy: false,
      encryption: { defaultKmsKeyName: key.id },
      softDeletePolicy: { retentionDurationSeconds: plan.softDeleteSeconds },
      versioning: { enabled: versioning },
      ...(plan.retentionSeconds === undefined
        ? {}
        : {
            retentionPolicy: {
              retentionPeriod: `${plan.retentionSeconds}`,
              isLocked: immutable?.lock === true,
            },
          }),
      lifecycleRules: [
        ...plan.rules.map(ruleOf),
        { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: UNFINISHED_DAYS } },
        ...(versioning
          ? [
              {
                action: { type: "Delete" },
                condition: { daysSinceNoncurrentTime: 30, withState: "ARCHIVED" },
              },
            ]
          : []),
      ],
      labels,
    },
    { parent, dependsOn: [grant], ...kept },
  );
}

const ruleOf = ({ ageDays, storageClass }: AgeRule) => ({
  action: storageClass === undefined ? { type: "Delete" } : { type: "SetStorageClass", storageClass },
  condition: { age: ageDays },
});
