import type { FaultLog } from "../bolt/faultLog";

/** Far beyond what etcd writes: a member, an alarm a member, and a handful of settings. */
const MAX_ENTRIES = 1_000;
const MAX_BYTES = 1024 * 1024;

/** Bounds what is kept of a bucket that is small in every etcd; notes a fault, once, when it is not. */
export class SmallBucket {
  private entries = 0;
  private bytes = 0;

  constructor(
    private readonly name: string,
    private readonly content: FaultLog,
  ) {}

  /** Whether one more entry may be kept. */
  admits(key: Buffer, value: Buffer): boolean {
    const wasSmall = this.isSmall;
    this.entries++;
    this.bytes += key.length + value.length;
    if (wasSmall && !this.isSmall) {
      const limits = `${MAX_ENTRIES} entries or ${MAX_BYTES} bytes`;
      this.content.add(`the bucket "${this.name}"`, `holds more than ${limits}`);
    }
    return this.isSmall;
  }

  private get isSmall(): boolean {
    return this.entries <= MAX_ENTRIES && this.bytes <= MAX_BYTES;
  }
}
