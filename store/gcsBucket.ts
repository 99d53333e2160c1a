import type {
  Bucket,
  CreateResumableUploadOptions,
  File,
  Storage,
  StorageOptions,
} from "@google-cloud/storage";

/** How a bucket is reached. */
export interface GcsOptions {
  /**
   * Another address than Google's: a private endpoint, or a server of a test; by plain http no credentials are sent. Default:
   * `$ETCD_RECOVERY_GCS_ENDPOINT`, else Google's.
   */
  readonly endpoint?: string;
  /** So many seconds without a byte, or for one question, and it has failed. Default 60. */
  readonly seconds?: number;
  /** File of the credentials. Default: the application's own. */
  readonly credentialsFile?: string;
}

export const secondsOf = ({ seconds = 60 }: GcsOptions): number => seconds;

/** A bucket; nothing is asked yet. The library takes a moment to load; restores and backups of directories do without. */
export function openBucket(name: string, options: GcsOptions): Bucket {
  const { Storage } = require("@google-cloud/storage") as typeof import("@google-cloud/storage");
  const { endpoint = process.env.ETCD_RECOVERY_GCS_ENDPOINT, credentialsFile } = options;
  const seconds = secondsOf(options);
  const storage = new Storage({
    ...addressOf(endpoint),
    // no request for objects names a project; for want of one the library asks another service for its name
    projectId: "-",
    ...(credentialsFile === undefined ? {} : { keyFilename: credentialsFile }),
    timeout: seconds * 1000,
    retryOptions: { autoRetry: true, maxRetries: 4, totalTimeout: seconds, maxRetryDelay: 8 },
  });
  return storage.bucket(name);
}

/**
 * Address of an upload session, where one must be begun apart: the library begins none with credentials at an endpoint that is
 * not Google's. Whoever has the address may go on with the upload.
 */
export async function uploadSession(
  file: File,
  options: CreateResumableUploadOptions,
): Promise<string | undefined> {
  const { customEndpoint, useAuthWithCustomEndpoint } = file.storage as Storage & Partial<Custom>;
  if (customEndpoint !== true || useAuthWithCustomEndpoint !== true) return undefined;
  return (await file.createResumableUpload(options))[0];
}

interface Custom {
  readonly customEndpoint: boolean;
  readonly useAuthWithCustomEndpoint: boolean;
}

function addressOf(endpoint: string | undefined): StorageOptions {
  if (endpoint === undefined || endpoint === "") return {};
  return { apiEndpoint: endpoint, useAuthWithCustomEndpoint: endpoint.startsWith("https://") };
}
