/** A request to the storage service, by what it is about. */
export interface StorageRequest {
  readonly bucket: string;
  /** Of the object; "" of a listing. */
  readonly object: string;
  /** `restore` brings back what was removed; `upload` names its object in the query. */
  readonly kind: "object" | "list" | "upload" | "restore";
  readonly query: URLSearchParams;
}

const objects = /^(?:\/download)?\/storage\/v1\/b\/([^/]+)\/o(?:\/([^/?]+)(\/restore)?)?$/;
const uploads = /^\/upload\/storage\/v1\/b\/([^/]+)\/o\/?$/;

/** Undefined of what is about no object. */
export function storageRequest(address: string): StorageRequest | undefined {
  const { pathname, searchParams: query } = new URL(address, "http://gate");
  const [, uploaded] = uploads.exec(pathname) ?? [];
  if (uploaded !== undefined)
    return { bucket: uploaded, object: query.get("name") ?? "", kind: "upload", query };
  const [, bucket, name = "", restore] = objects.exec(pathname) ?? [];
  if (bucket === undefined) return undefined;
  const kind = restore !== undefined ? "restore" : name === "" ? "list" : "object";
  return { bucket, object: decodeURIComponent(name), kind, query };
}
