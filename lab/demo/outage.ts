/** One request of the prober. Times are milliseconds of one monotonic clock. */
export interface Probe {
  readonly sentAt: number;
  readonly endedAt: number;
  /** Whether it was answered with a 2xx status; errors, time-outs and other statuses are not answers. */
  readonly answered: boolean;
}

/** What a series of probes says. */
export interface Outage {
  readonly probes: number;
  readonly answered: number;
  /**
   * The longest time without an answer in milliseconds: from the last answer before it to the first answer after it.
   * Without any outage this is the longest pause between two answers.
   */
  readonly outageMs: number;
  /** When it began and ended, on the probes' clock. */
  readonly from: number;
  readonly to: number;
  /** Probes that were not answered before and after that time: a server that was going, or not yet whole. */
  readonly failedOutside: number;
  /** The longest pause in milliseconds between the sending of two probes: how long the prober itself was blind. */
  readonly blindMs: number;
}

/**
 * Finds the outage in a series.
 *
 * @throws Error when fewer than two probes were answered: the series then has no beginning or no end
 */
export function outageOf(probes: readonly Probe[]): Outage {
  const answers = probes.filter((probe) => probe.answered).map((probe) => probe.endedAt);
  answers.sort((a, b) => a - b);
  if (answers.length < 2) {
    throw new Error(`${answers.length} of ${probes.length} probes were answered: no outage can be measured`);
  }
  const gap = widestGap(answers);
  const sent = probes.map((probe) => probe.sentAt).sort((a, b) => a - b);
  return {
    probes: probes.length,
    answered: answers.length,
    outageMs: gap.to - gap.from,
    ...gap,
    failedOutside: probes.filter((p) => !p.answered && (p.sentAt < gap.from || p.sentAt > gap.to)).length,
    blindMs: sent.length < 2 ? 0 : lengthOf(widestGap(sent)),
  };
}

interface Gap {
  readonly from: number;
  readonly to: number;
}

const lengthOf = (gap: Gap): number => gap.to - gap.from;

/** The first of the widest gaps between neighbours of an ascending list of at least two. */
function widestGap(times: readonly number[]): Gap {
  const gaps = times.slice(1).map((to, index) => ({ from: times[index] ?? to, to }));
  return gaps.reduce((widest, gap) => (lengthOf(gap) > lengthOf(widest) ? gap : widest));
}
