/** What the vault declares beside rights: it holds against everybody. Seconds; absent is none. */
export interface BucketProtection {
  /** So long nobody can remove or replace an object. */
  readonly retentionSeconds?: number;
  /** So long what was removed can be brought back. */
  readonly softDeleteSeconds?: number;
}

/** An object's metadata, as far as it is read here. */
export interface ObjectMetadata {
  readonly bucket: string;
  readonly name: string;
  readonly generation?: string;
  readonly timeCreated?: string;
  readonly [field: string]: unknown;
}

/** What a person can lay on single objects. */
export interface ObjectHold {
  readonly temporaryHold?: boolean;
  readonly eventBasedHold?: boolean;
  readonly retention?: { readonly retainUntilTime?: string } | null;
}

/** Why an object may not go, as the service says it (https://cloud.google.com/storage/docs/bucket-lock). */
export interface Kept {
  readonly reason: "retentionPolicyNotMet" | "forbidden";
  readonly message: string;
}

/** An object that was removed, and can still be brought back. */
export interface SoftDeleted {
  readonly metadata: ObjectMetadata;
  readonly bytes: Buffer;
}

const keyOf = ({ bucket, name }: Pick<ObjectMetadata, "bucket" | "name">) => `${bucket}/${name}`;
const isoOf = (time: number) => new Date(time).toISOString();

/** What protects the objects of all buckets behind a gate, by the gate's own clock. Objects are stored elsewhere. */
export class GateProtection {
  private readonly created = new Map<string, number>();
  private readonly holds = new Map<string, ObjectHold>();
  private removed: SoftDeleted[] = [];
  private protection: BucketProtection;
  private ahead = 0;

  constructor(protection: BucketProtection = {}) {
    this.protection = protection;
  }

  /** Declares it anew; a retention counts for what is there already, too. */
  declare(protection: BucketProtection): void {
    this.protection = protection;
  }

  /** Lets time pass. */
  pass(seconds: number): void {
    this.ahead += seconds * 1000;
  }

  get now(): number {
    return Date.now() + this.ahead;
  }

  /** An object is there, as of now or of another time; what lay on one of its name went with that. */
  stored(object: ObjectMetadata, at = this.now): void {
    this.created.set(keyOf(object), at);
    this.holds.delete(keyOf(object));
  }

  /** Lays holds on an object, or takes them off. */
  hold(object: Pick<ObjectMetadata, "bucket" | "name">, hold: ObjectHold): void {
    this.holds.set(keyOf(object), { ...this.holds.get(keyOf(object)), ...hold });
  }

  /** Metadata as the service tells them. */
  told(object: ObjectMetadata): ObjectMetadata {
    const { retentionSeconds } = this.protection;
    const created = this.#createdOf(object);
    const { retention, ...hold } = this.holds.get(keyOf(object)) ?? {};
    return {
      ...object,
      timeCreated: isoOf(created),
      ...hold,
      ...(retention === undefined || retention === null ? {} : { retention }),
      ...(retentionSeconds === undefined
        ? {}
        : { retentionExpirationTime: isoOf(created + retentionSeconds * 1000) }),
    };
  }

  /** Why an object can neither be removed nor replaced now, whoever asks; undefined when it can. */
  kept(object: ObjectMetadata): Kept | undefined {
    const { temporaryHold, eventBasedHold, retention } = this.holds.get(keyOf(object)) ?? {};
    const held = temporaryHold === true ? "Temporary" : eventBasedHold === true ? "Event-Based" : undefined;
    const which = `Object '${keyOf(object)}'`;
    if (held !== undefined)
      return {
        reason: "forbidden",
        message: `${which} is under active ${held} hold and cannot be deleted, overwritten or archived until hold is removed.`,
      };
    const { retentionSeconds = 0 } = this.protection;
    const own = Date.parse(retention?.retainUntilTime ?? "") || 0;
    const until = Math.max(own, this.#createdOf(object) + retentionSeconds * 1000);
    if (until <= this.now) return undefined;
    const message = `${which} is subject to bucket's retention policy or object retention and cannot be deleted or overwritten until ${isoOf(until)}`;
    return { reason: "retentionPolicyNotMet", message };
  }

  /** Keeps what is about to be removed or replaced, where that is declared. */
  remove(metadata: ObjectMetadata, bytes: Buffer): void {
    const { softDeleteSeconds = 0 } = this.protection;
    if (softDeleteSeconds === 0) return;
    const times = {
      softDeleteTime: isoOf(this.now),
      hardDeleteTime: isoOf(this.now + softDeleteSeconds * 1000),
    };
    this.removed.push({ metadata: { ...this.told(metadata), ...times }, bytes });
  }

  /** What was removed from a bucket and can be brought back, in the order of names. */
  softDeleted(bucket: string, prefix = ""): readonly SoftDeleted[] {
    this.removed = this.removed.filter(
      ({ metadata }) => Date.parse(String(metadata.hardDeleteTime)) > this.now,
    );
    return this.removed
      .filter(({ metadata }) => metadata.bucket === bucket && metadata.name.startsWith(prefix))
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  /** Takes one out, to store it anew. */
  take(bucket: string, name: string, generation: string): SoftDeleted | undefined {
    const found = this.softDeleted(bucket).find(
      ({ metadata }) => metadata.name === name && metadata.generation === generation,
    );
    this.removed = this.removed.filter((one) => one !== found);
    return found;
  }

  #createdOf(object: ObjectMetadata): number {
    return this.created.get(keyOf(object)) ?? Date.parse(object.timeCreated ?? "");
  }
}
