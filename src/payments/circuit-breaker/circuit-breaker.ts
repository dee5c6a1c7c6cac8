export interface CircuitBreakerLimits {
  /** So many failures in a row open it. */
  readonly failures: number;
  /** For so long it stays open before one caller may try; spread, so that processes don't try together. */
  readonly pauseMs: number;
}

/**
 * Keeps callers away from a gateway that fails for everyone. While it is open they wait; after a pause one of
 * them may try, and its outcome closes the breaker or opens it again. A process can have only so many callers
 * (the worker's concurrency), so what waits is bounded, and so is what goes on at once when it closes.
 * @see https://martinfowler.com/bliki/CircuitBreaker.html
 */
export class CircuitBreaker {
  private consecutiveFailures = 0;
  private state: 'closed' | 'open' | 'trying' = 'closed';
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
   * Runs `work`, as soon as it may; undefined where the process stops first.
   * @throws what the work throws
   */
  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    while (this.state !== 'closed' && !this.stopped) {
      if (this.state === 'open' && this.timer === undefined) return this.tryOut(work);
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
    if (this.state === 'closed' && this.consecutiveFailures < this.limits.failures) return;
    if (this.state === 'closed') this.onChange('open');
    this.open();
  }

  /** Lets nobody through any more, and tells those who wait. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.wakeAll();
  }

  private async tryOut<T>(work: () => Promise<T>): Promise<T> {
    this.state = 'trying';
    this.trials += 1;
    const trial = this.trials;
    try {
      return await work();
    } finally {
      this.afterTrial(trial);
    }
  }

  /** A trial that had no need of the gateway says nothing about it: the next one may try. */
  private afterTrial(trial: number): void {
    // A late failure of older work may have opened it meanwhile, and another trial may have begun since.
    if (this.state !== 'trying' || trial !== this.trials) return;
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
