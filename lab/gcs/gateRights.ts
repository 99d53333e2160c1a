import type { Right } from "../../vault/declare/identities";

/** What a request to the storage service asks for. */
export interface Asked {
  readonly permission: string;
  /** Name of the object, or the listing's prefix. */
  readonly object: string;
}

const objects = /^(?:\/download)?\/storage\/v1\/b\/[^/]+\/o(?:\/([^/?]+))?$/;

/**
 * What a request needs, as Google says it: to replace an object needs the right to delete as well as that to create. What is
 * not known here needs a right that nobody has.
 *
 * @param exists whether the object that an upload names is there
 */
export function askedOf(method: string, address: string, exists: boolean): readonly Asked[] {
  const { pathname, searchParams } = new URL(address, "http://gate");
  // its first request was let in
  if (method === "PUT" && pathname.startsWith("/upload/")) return [];
  if (pathname.startsWith("/upload/storage/v1/b/")) {
    const object = searchParams.get("name") ?? "";
    const isGuarded = searchParams.get("ifGenerationMatch") === "0";
    const create = { permission: "storage.objects.create", object };
    return exists && !isGuarded ? [create, { permission: "storage.objects.delete", object }] : [create];
  }
  const found = objects.exec(pathname);
  if (found === null) return [{ permission: "storage.buckets.update", object: "" }];
  const object = decodeURIComponent(found[1] ?? "");
  if (object === "" && method === "GET")
    return [{ permission: "storage.objects.list", object: searchParams.get("prefix") ?? "" }];
  const needed: Readonly<Record<string, string>> = {
    GET: "get",
    DELETE: "delete",
    PATCH: "update",
    PUT: "update",
  };
  return [{ permission: `storage.objects.${needed[method] ?? "move"}`, object }];
}

/** Whether rights, as the vault declares them, grant what is asked for. */
export function isGranted(rights: readonly Right[], { permission, object }: Asked): boolean {
  return rights.some(
    ({ permissions, only }) =>
      permissions.includes(permission) && (only === undefined || endsAsSaid(only, object)),
  );
}

/** The one kind of condition that the vault declares: `resource.name.endsWith("…")`, several joined by `||`. */
function endsAsSaid(condition: string, object: string): boolean {
  const ends = condition.split("||").map((part) => {
    const end = /^resource\.name\.endsWith\("([^"]+)"\)$/.exec(part.trim())?.[1];
    if (end === undefined) throw new Error(`the gate does not know the condition ${condition}`);
    return end;
  });
  return ends.some((end) => object.endsWith(end));
}
