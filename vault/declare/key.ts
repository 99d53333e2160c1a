import type { kms } from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { type Declaring, kept, labels } from "./declared";

const DAY = 86_400;
/** A version that somebody schedules for destruction can be called back for so long. */
const DESTROY_DAYS = 30;

/** The key that encrypts the bucket, and the right of the storage service to use it. */
export interface DeclaredKey {
  readonly key: kms.CryptoKey;
  /** The bucket can be made after it alone. */
  readonly grant: kms.CryptoKeyIAMMember;
}

export function declareKey({ parent, name, settings, plan }: Declaring): DeclaredKey {
  const gcp = { kms: require("@pulumi/gcp/kms"), storage: require("@pulumi/gcp/storage") } as Pick<
    typeof import("@pulumi/gcp"),
    "kms" | "storage"
  >;
  const { project } = settings;
  const ring = new gcp.kms.KeyRing(
    `${name}-ring`,
    { project, location: plan.keyLocation, name: settings.bucket },
    { parent, ...kept },
  );
  const key = new gcp.kms.CryptoKey(
    `${name}-key`,
    {
      keyRing: ring.id,
      name: "backups",
      purpose: "ENCRYPT_DECRYPT",
      rotationPeriod: `${settings.keyRotationDays * DAY}s`,
      destroyScheduledDuration: `${DESTROY_DAYS * DAY}s`,
      labels,
    },
    { parent, ...kept },
  );
  const service = gcp.storage.getProjectServiceAccountOutput({ project }, { parent });
  const grant = new gcp.kms.CryptoKeyIAMMember(
    `${name}-key-storage`,
    {
      cryptoKeyId: key.id,
      role: "roles/cloudkms.cryptoKeyEncrypterDecrypter",
      member: pulumi.interpolate`serviceAccount:${service.emailAddress}`,
    },
    // without it nobody can read what lies in the bucket
    { parent, ...kept },
  );
  return { key, grant };
}
