import type { Evidence, Rewind } from '../evidence.js';

/** What a process has read from PostgreSQL can reach a client this much later: it was paused, or its link slow. */
const READ_BEFORE_MS = 5_000;
/** UUIDv7 and the gateway's times are by other clocks than the run's; the gateway's are whole seconds. */
const CLOCK_ERROR_MS = 2_000;

interface Span {
  readonly from: number;
  readonly until: number;
}

/** When PostgreSQL lost commits, and what that explains. */
export class Rewinds {
  constructor(
    private readonly rewinds: readonly Rewind[],
    private readonly startedAtMs: number,
  ) {}

  static of({ rewinds, run }: Pick<Evidence, 'rewinds' | 'run'>): Rewinds {
    return new Rewinds(rewinds, Date.parse(run.startedAt));
  }

  get all(): readonly Rewind[] {
    return this.rewinds;
  }

  /**
   * The newest loss that a call may have been part of: what it did may be lost, and what it showed may never have been
   * stored for good. A call that was sent after the loss met the database of afterwards.
   */
  at({ from, until }: Span): Rewind | undefined {
    return this.rewinds.findLast((rewind) => from <= rewind.until && until >= rewind.from);
  }

  /** The same for something that a client was sent without a call of its own, such as an event. */
  atSending(at: number): Rewind | undefined {
    return this.rewinds.find((rewind) => at >= rewind.from && at <= rewind.until + READ_BEFORE_MS);
  }

  /** The same for something that another clock puts at this time (ISO 8601). */
  atClock(time: string): Rewind | undefined {
    const at = Date.parse(time) - this.startedAtMs;
    return this.at({ from: at - CLOCK_ERROR_MS, until: at + CLOCK_ERROR_MS });
  }
}

export function spanOf({ from, until }: Span): Span {
  return { from, until };
}
