export interface CircuitBreakerLimits {
  /** Failures in a row that open it. */
  readonly maxFailures: number;
  /** How long it stays open before one caller may try; with jitter, so that processes don't try at the same time. */
  readonly pauseMs: number;
}

/**
 * Keeps callers away from a failing gateway. While it is open they wait. After a pause one of them may try, and the
 * result closes the breaker or opens it again. The worker's concurrency limits how many callers can wait, and how many
 * run at once when it closes.
 * @see https://martinfowler.com/bliki/CircuitBreaker.html
 */
export class CircuitBreaker {
  private consecutiveFailures = 0;
  private state: 'closed' | 'open' | 'half-open' = 'closed';
  private trials = 0;
  private stopped = false;
  private readonly waiting = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limits: CircuitBreakerLimits,
    private readonly onChange: (state: 'closed' | 'open') => void,
    private readonly random: () => number = Math.random,
  ) {}

  /**
   * Runs `work` as soon as the breaker allows it.
   * @returns undefined where the breaker is stopped first
   * @throws what the work throws
   */
  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    while (this.state !== 'closed' && !this.stopped) {
      if (this.state === 'open' && this.timer === undefined) return this.runTrial(work);
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
    return this.stopped ? undefined : work();
  }

  succeeded(): void {
    this.consecutiveFailures = 0;
    if (this.state === 'closed') return;
    this.state = 'closed';
    clearTimeout(this.timer);
    this.timer = undefined;
    this.onChange('closed');
    this.wakeAll();
  }

  failed(): void {
    this.consecutiveFailures += 1;
    if (this.state === 'closed' && this.consecutiveFailures < this.limits.maxFailures) return;
    if (this.state === 'closed') this.onChange('open');
    this.open();
  }

  /** Runs no more work, and releases the callers that wait. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.wakeAll();
  }

  private async runTrial<T>(work: () => Promise<T>): Promise<T> {
    this.state = 'half-open';
    this.trials += 1;
    const trial = this.trials;
    try {
      return await work();
    } finally {
      this.afterTrial(trial);
    }
  }

  /** A trial that did not call the gateway has no result: the next caller may try. */
  private afterTrial(trial: number): void {
    // Older work may have failed and opened it in the meantime, and another trial may have begun since.
    if (this.state !== 'half-open' || trial !== this.trials) return;
    this.state = 'open';
    this.wakeAll();
  }

  private open(): void {
    this.state = 'open';
    clearTimeout(this.timer);
    const pauseMs = (this.limits.pauseMs * (1 + this.random())) / 2;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.wakeAll();
    }, pauseMs);
  }

  private wakeAll(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const wake of waiting) wake();
  }
}
