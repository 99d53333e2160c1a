import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A `date` for PATH whose clock can be set wrong. */
export class SkewedClock {
  readonly directory = mkdtempSync(join(tmpdir(), "etcd-recovery-clock-"));

  constructor() {
    const offset = join(this.directory, "offset");
    const program = join(this.directory, "date");
    writeFileSync(
      program,
      `#!/bin/sh\nif [ -f '${offset}' ]; then exec /bin/date -d "$(cat '${offset}')" "$@"; fi\nexec /bin/date "$@"\n`,
    );
    chmodSync(program, 0o755);
  }

  /** @param offset as `date -d` takes it, e.g. "3 days ago"; undefined sets the clock right */
  set(offset: string | undefined): void {
    const file = join(this.directory, "offset");
    if (offset === undefined) rmSync(file, { force: true });
    else writeFileSync(file, offset);
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
