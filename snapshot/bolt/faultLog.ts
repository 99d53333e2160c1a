/** Where damage was found: the number of a page, or what has no page of its own, such as `the bucket "lease"`. */
export type FaultPlace = number | string;

/** The place of an inline bucket, which lies in a value of the root page. */
export function inlineBucket(name: string): FaultPlace {
  return `the inline bucket ${quote(name)}`;
}

/** Damage found in one place. */
export interface Fault {
  readonly place: FaultPlace;
  /** What is wrong, without the place. */
  readonly text: string;
}

/**
 * Collects what is wrong with a file. Reading goes on after a fault, so that one look lists the bad pages; only the
 * first few are kept, so that memory does not grow with the damage.
 */
export class FaultLog {
  private static readonly KEPT = 8;
  /** All faults, also those that were not kept. */
  count = 0;
  readonly first: Fault[] = [];

  /** Notes one fault and answers false, so that a check can end with `return faults.add(...)`. */
  add(place: FaultPlace, text: string): false {
    this.count++;
    if (this.first.length < FaultLog.KEPT && !this.first.some((f) => f.place === place))
      this.first.push({ place, text });
    return false;
  }

  /** "page 12: ..., page 14: ... and 3 more", or an empty string. */
  describe(): string {
    const more = this.count - this.first.length;
    const listed = this.first
      .map(({ place, text }) => `${typeof place === "number" ? `page ${place}` : place} ${text}`)
      .join("; ");
    return more > 0 ? `${listed}; and ${more} more` : listed;
  }
}

/** Foreign bytes in a message: at most 64 of them, control characters escaped. */
export function quote(text: string): string {
  const shown = text.length > 64 ? `${text.slice(0, 64)}...` : text;
  return JSON.stringify(shown).replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
