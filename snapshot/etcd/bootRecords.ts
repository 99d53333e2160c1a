import { quote } from "../bolt/faultLog";
import { type MessageFields, readMessage } from "./wireMessage";

/** `leasepb.Lease` {1 ID, 2 TTL, 3 RemainingTTL}. */
const LEASE: MessageFields = { 1: "varint", 2: "varint", 3: "varint" };
/** `etcdserverpb.AlarmMember` {1 memberID, 2 alarm}. */
export const ALARM: MessageFields = { 1: "varint", 2: "varint" };
/** `authpb.User` {1 name, 2 password, 3 roles, 4 options {1 no_password}}. */
const USER: MessageFields = { 1: "bytes", 2: "bytes", 3: "bytes", 4: { 1: "varint" } };
/** `authpb.Role` {1 name, 2 keyPermission {1 permType, 2 key, 3 range_end}}. */
const ROLE: MessageFields = { 1: "bytes", 2: { 1: "varint", 2: "bytes", 3: "bytes" } };

const IDENTIFIERS = "(?:[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?";
/** As go-semver parses it. */
const VERSION = new RegExp(
  `^(\\d{1,18})\\.(\\d{1,18})\\.\\d{1,18}(?:-${IDENTIFIERS})?(?:\\+${IDENTIFIERS})?$`,
);
const REVISION_BYTES = 17;
/** Beyond it a restore's bump of the revision, and the writes after it, come near the end of int64. */
const HIGHEST_REVISION = 2n ** 62n;

/** Says what is wrong with an entry of a bucket; undefined when etcd can read it. */
type Check = (key: Buffer, value: Buffer) => string | undefined;

/**
 * What etcd reads when it starts, and panics or ends on when it cannot, by bucket: as read from etcd 3.6.14,
 * `server/storage/schema` (lease.go, alarm.go, auth*.go, membership.go, migration.go) and `server/storage/mvcc/store.go`.
 * A restore keeps all of it but the members, whose ids `etcdutl snapshot restore` parses to remove them. Not checked,
 * because a restore overwrites it: `consistent_index`, `term` and `confState` of the bucket `meta`.
 */
const CHECKS: ReadonlyMap<string, Check> = new Map(
  Object.entries({
    lease: (key, value) => unless(readMessage(value, LEASE), `the lease ${hex(key)}`, "leasepb.Lease"),
    alarm: (key) => unless(readMessage(key, ALARM), `the alarm ${hex(key)}`, "etcdserverpb.AlarmMember"),
    authUsers: (key, value) => unless(readMessage(value, USER), `the user ${named(key)}`, "authpb.User"),
    authRoles: (key, value) => unless(readMessage(value, ROLE), `the role ${named(key)}`, "authpb.Role"),
    auth: byName({
      authRevision: (value) => (value.length < 8 ? `${value.length} bytes, not 8` : undefined),
    }),
    cluster: byName({ clusterVersion: versionFault, downgrade: downgradeFault }),
    meta: byName({
      finishedCompactRev: revisionFault,
      scheduledCompactRev: revisionFault,
      storageVersion: storageVersionFault,
    }),
    members: memberIdFault,
    members_removed: memberIdFault,
  } satisfies Record<string, Check>),
);

/** Why etcd would die of an entry of a bucket after a restore; undefined when it would not. */
export function bootFault(bucket: string, key: Buffer, value: Buffer): string | undefined {
  return CHECKS.get(bucket)?.(key, value);
}

function byName(checks: Readonly<Record<string, (value: Buffer) => string | undefined>>): Check {
  const known = new Map(Object.entries(checks));
  return (key, value) => {
    const name = key.toString("latin1");
    const fault = known.get(name)?.(value);
    return fault === undefined ? undefined : `holds "${name}" as ${fault}; etcd would not start with it`;
  };
}

function unless(reading: unknown, what: string, message: string): string | undefined {
  return reading === undefined
    ? `holds ${what}, which is not a valid ${message}; etcd would not start with it`
    : undefined;
}

/** `semver.Must(semver.NewVersion(...))` panics on anything else. */
function versionFault(value: Buffer): string | undefined {
  const text = value.toString("latin1");
  return parseVersion(text) === undefined ? `${quote(text)}, which is not a version` : undefined;
}

/** A version that cannot be read is taken for that of etcd 3.5; one that no etcd has written ends `schema.Validate`. */
function storageVersionFault(value: Buffer): string | undefined {
  const text = value.toString("latin1");
  const version = parseVersion(text);
  const isEtcds = version === undefined || (version[0] === 3 && version[1] >= 5);
  return isEtcds ? undefined : `${quote(text)}, which no etcd has written`;
}

function parseVersion(text: string): readonly [major: number, minor: number] | undefined {
  const found = VERSION.exec(text);
  return found === null ? undefined : [Number(found[1]), Number(found[2])];
}

/** JSON {"target-version": string, "enabled": boolean}, keys in any letter case (`version.DowngradeInfo`). */
function downgradeFault(value: Buffer): string | undefined {
  const fault = `${quote(value.toString("latin1"))}, which is not a downgrade`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(value.toString("utf8"));
  } catch {
    return fault;
  }
  if (parsed === null) return undefined;
  if (typeof parsed !== "object" || Array.isArray(parsed)) return fault;
  let [target, enabled]: unknown[] = ["", false];
  for (const [key, field] of Object.entries(parsed)) {
    if (field === null) continue;
    if (key.toLowerCase() === "target-version") target = field;
    if (key.toLowerCase() === "enabled") enabled = field;
  }
  if (typeof target !== "string" || typeof enabled !== "boolean") return fault;
  return enabled && parseVersion(target) === undefined ? fault : undefined;
}

/** A revision in the form of the keys of the bucket `key` (`mvcc.BytesToRev`). */
function revisionFault(value: Buffer): string | undefined {
  const hasForm =
    (value.length === REVISION_BYTES || value.length === REVISION_BYTES + 1) && value[8] === 0x5f;
  if (!hasForm) return `${value.length} bytes that are not a revision`;
  const [main, sub] = [value.readBigInt64BE(0), value.readBigInt64BE(9)];
  if (main < 0n || sub < 0n) return "a negative revision";
  return main > HIGHEST_REVISION ? `revision ${main}, which leaves no room for others` : undefined;
}

function memberIdFault(key: Buffer): string | undefined {
  const text = key.toString("latin1");
  return /^[0-9a-fA-F]{1,16}$/.test(text)
    ? undefined
    : `holds the member ${quote(text)}, which is not an id; etcdutl cannot restore it`;
}

function hex(key: Buffer): string {
  return key.length > 32 ? `${key.toString("hex", 0, 32)}...` : key.toString("hex");
}

function named(key: Buffer): string {
  return quote(key.toString("latin1"));
}
