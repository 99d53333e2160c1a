import type { FaultLog, FaultPlace } from "./faultLog";
import { BUCKET_LEAF_FLAG, ELEMENT_BYTES, PAGE_HEADER_BYTES, type PageBytes } from "./page";

/**
 * Checks the element table of a page as `node.write` of bbolt lays it out: the elements' headers follow the page's
 * header, and the bytes of element 0, 1, 2... follow them without a gap. A count that was tampered with, elements that
 * overlap and elements that leave the page all break this.
 *
 * @param page bytes that hold the whole run; it begins at `start` and ends before `end`.
 * @param isLeaf leaf elements carry a value behind the key.
 * @returns where the last element ends, or -1 after noting a fault.
 */
export function checkElements(
  page: PageBytes,
  start: number,
  end: number,
  count: number,
  isLeaf: boolean,
  faults: FaultLog,
  place: FaultPlace,
): number {
  const { view } = page;
  let expected = start + PAGE_HEADER_BYTES + count * ELEMENT_BYTES;
  if (expected > end) return fail(faults, place, `claims ${count} elements, more than fit`);
  for (let i = 0; i < count; i++) {
    const element = start + PAGE_HEADER_BYTES + i * ELEMENT_BYTES;
    const position = isLeaf ? view.getUint32(element + 4, true) : view.getUint32(element, true);
    if (element + position !== expected) {
      return fail(faults, place, `has element ${i} of ${count} at a wrong place`);
    }
    const keyBytes = view.getUint32(isLeaf ? element + 8 : element + 4, true);
    // bbolt reads such a page, and panics when it has to write it
    if (keyBytes === 0) return fail(faults, place, `has element ${i} of ${count} without a key`);
    expected += keyBytes;
    if (isLeaf) {
      if (view.getUint32(element, true) > BUCKET_LEAF_FLAG)
        return fail(faults, place, `has unknown flags in element ${i}`);
      expected += view.getUint32(element + 12, true);
    }
    if (expected > end) return fail(faults, place, `has element ${i} of ${count} reaching beyond its end`);
  }
  return expected;
}

function fail(faults: FaultLog, place: FaultPlace, text: string): -1 {
  faults.add(place, text);
  return -1;
}
