import { isAbsolute, resolve } from "node:path";
import { UserError } from "../components/errors";
import { DirectoryStore } from "./directoryStore";
import { type GcsOptions, GcsStore } from "./gcsStore";
import type { Store } from "./store";

const bucketName = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;

/** Whether a location names a bucket, not a directory. */
export const isBucketUrl = (location: string): boolean => /^[a-z]+:\/\//i.test(location);

/** A bucket and what follows it: `gs://bucket/a/b`. @throws UserError */
export function parseBucketUrl(url: string, input: string): { bucket: string; path: string } {
  const [, bucket = "", path = ""] = /^gs:\/\/([^/]+)\/?(.*)$/.exec(url) ?? [];
  const plain = path.replace(/\/+$/, "");
  if (!bucketName.test(bucket) || /\/\/|(^|\/)\.\.?(\/|$)|\p{Cc}/u.test(plain))
    throw new UserError(
      `${input}: ${JSON.stringify(url)} is no address of a bucket.`,
      "Write gs://BUCKET or gs://BUCKET/PREFIX.",
    );
  return { bucket, path: plain };
}

/**
 * The store at a location; nothing is asked yet.
 *
 * @param location a directory's path, or `gs://bucket[/prefix]`. @param input what the user gave it as, for messages
 * @throws UserError when it is neither
 */
export function openStore(location: string, input: string, options?: GcsOptions): Store {
  if (isBucketUrl(location)) {
    const { bucket, path } = parseBucketUrl(location, input);
    return new GcsStore(bucket, path, options);
  }
  return new DirectoryStore(isAbsolute(location) ? location : resolve(location), input);
}
