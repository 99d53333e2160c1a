import type { Right, VaultRole } from "../../vault/declare/identities";
import { storageRequest } from "./storageRequest";

/** What a request to the storage service asks for. */
export interface Asked {
  readonly permission: string;
  /** Name of the object, or the listing's prefix. */
  readonly object: string;
}

/** What a request says beside its address. */
export interface AskedOf {
  readonly method: string;
  readonly address: string;
  /** Whether the object is there that it would make. */
  readonly exists: boolean;
  /** Of a change of metadata. */
  readonly body?: Buffer;
}

const permissions: Readonly<Record<string, string>> = {
  GET: "get",
  DELETE: "delete",
  PATCH: "update",
  PUT: "update",
};

/**
 * What a request needs, as Google says it: to replace an object needs the right to delete as well as that to create. What is
 * not known here needs a right that nobody has.
 */
export function askedOf({ method, address, exists, body }: AskedOf): readonly Asked[] {
  // its first request was let in
  if (method === "PUT" && address.startsWith("/upload/")) return [];
  const found = storageRequest(address);
  if (found === undefined) return [{ permission: "storage.buckets.update", object: "" }];
  const { kind, object, query } = found;
  const needs = (...names: string[]) =>
    names.map((name) => ({ permission: `storage.objects.${name}`, object }));
  const replaces = exists ? ["delete"] : [];
  if (kind === "upload") return needs("create", ...(query.get("ifGenerationMatch") === "0" ? [] : replaces));
  if (kind === "restore") return needs("restore", "create", ...replaces);
  if (kind === "list" && method === "GET")
    return [{ permission: "storage.objects.list", object: query.get("prefix") ?? "" }];
  const isOverride = query.get("overrideUnlockedRetention") === "true";
  return needs(
    permissions[method] ?? "move",
    ...(method === "PATCH" && "retention" in changesIn(body) ? ["setRetention"] : []),
    ...(isOverride ? ["overrideUnlockedRetention"] : []),
  );
}

/** The fields that a change of metadata names. */
export function changesIn(body: Buffer | undefined): object {
  const changes: unknown = body === undefined || body.length === 0 ? {} : JSON.parse(body.toString("utf8"));
  return typeof changes === "object" && changes !== null ? changes : {};
}

/** Whether rights, as the vault declares them, grant what is asked for. */
export function isGranted(rights: readonly Right<VaultRole>[], { permission, object }: Asked): boolean {
  return rights.some(
    ({ permissions: granted, only }) =>
      granted.includes(permission) && (only === undefined || endsAsSaid(only, object)),
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
