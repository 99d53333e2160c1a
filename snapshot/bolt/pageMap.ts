/**
 * Which pages are reached from the root, and as what. Every page of a bbolt file is reached at most once; a second
 * claim is a loop or two owners of one page. This is also what bounds the walk of a damaged file.
 */
export class PageMap {
  private static readonly LISTED = -1;
  private static readonly FREE = 0;
  private static readonly CLAIMED = 1;
  private static readonly FIRST_LEAF = 2;
  private readonly owner: Int32Array;
  private leaves = 0;
  private claimed = 2;

  /** @param pages the high-water mark. Pages 0 and 1 are the meta pages. */
  constructor(readonly pages: number) {
    this.owner = new Int32Array(pages);
    this.owner.fill(PageMap.CLAIMED, 0, Math.min(2, pages));
  }

  /** Claims pages `first` to `first + overflow`; false when one of them lies outside the file or is taken. */
  claim(first: number, overflow: number): boolean {
    if (!this.isInFile(first) || first + overflow >= this.pages) return false;
    for (let page = first; page <= first + overflow; page++) {
      if (this.owner[page] !== PageMap.FREE) return false;
    }
    this.owner.fill(PageMap.CLAIMED, first, first + overflow + 1);
    this.claimed += overflow + 1;
    return true;
  }

  /** Claims one page as the next leaf, whose overflow is not known yet. Answers its ordinal, or -1. */
  claimLeaf(page: number): number {
    if (!this.isInFile(page) || this.owner[page] !== PageMap.FREE) return -1;
    this.owner[page] = PageMap.FIRST_LEAF + this.leaves;
    this.claimed++;
    return this.leaves++;
  }

  /** The ordinal given by {@link claimLeaf}, or -1 for any other page. */
  leafAt(page: number): number {
    return (this.owner[page] ?? 0) - PageMap.FIRST_LEAF < 0
      ? -1
      : (this.owner[page] ?? 0) - PageMap.FIRST_LEAF;
  }

  /** Notes that the file lists a page as free: nothing can claim it from now on. */
  markFree(page: number): void {
    this.owner[page] = PageMap.LISTED;
  }

  /** The first page that is neither claimed nor listed as free, or -1. */
  firstUnlisted(): number {
    return this.owner.indexOf(PageMap.FREE);
  }

  isClaimed(page: number): boolean {
    return this.owner[page] !== PageMap.FREE;
  }

  /** Whether `page` can hold anything but a meta page. */
  isInFile(page: number): boolean {
    return page >= 2 && page < this.pages;
  }

  /** Pages that nothing reaches. */
  get free(): number {
    return this.pages - this.claimed;
  }
}
