import { QueueFullError } from '../queue-full-error.js';

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer | Promise<Answer>) => void;
  readonly reject: (reason: unknown) => void;
}

export interface BatchLimits {
  readonly maxBatchSize: number;
  /** One batch runs at a time, but a batch that takes longer than this no longer holds up the next one. */
  readonly slowAfterMs: number;
  /** Batches that run at the same time, slow ones included. */
  readonly maxConcurrency: number;
  /** Requests in batches or waiting for one. */
  readonly maxPending: number;
}

/**
 * Group commit: while one batch runs, requests collect for the next one. There is no timer: a lone request starts in the
 * same turn of the event loop, and batches grow with the load.
 */
export class Batcher<Request, Answer> {
  private waiting: Waiting<Request, Answer>[] = [];
  private pending = 0;
  private scheduled = false;
  private running = 0;
  /** Running batches that are not slow. */
  private fast = 0;

  /**
   * @param run returns one answer for each request, in the batch's order; an answer may be a promise. If it throws, every
   * request of the batch fails
   * @param isGlobal whether the waiting requests would fail with this error too; they then fail at once
   */
  constructor(
    private readonly run: (batch: readonly Request[]) => Promise<readonly (Answer | Promise<Answer>)[]>,
    private readonly isGlobal: (error: unknown) => boolean,
    private readonly limits: BatchLimits,
  ) {}

  /** @throws QueueFullError at once where too many requests are pending, and what `run` throws */
  async submit(request: Request): Promise<Answer> {
    if (this.pending >= this.limits.maxPending)
      throw new QueueFullError('their answers', this.limits.maxPending);
    this.pending += 1;
    try {
      return await new Promise((resolve, reject) => {
        this.waiting.push({ request, resolve, reject });
        this.schedule();
      });
    } finally {
      this.pending -= 1;
    }
  }

  /** Starts a batch at the end of this turn of the event loop, with all requests of the turn. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.startBatch();
    });
  }

  private startBatch(): void {
    if (this.waiting.length === 0 || this.fast > 0 || this.running >= this.limits.maxConcurrency) return;
    const batch = this.waiting.splice(0, this.limits.maxBatchSize);
    this.running += 1;
    this.fast += 1;
    let isSlow = false;
    const slowTimer = setTimeout(() => {
      isSlow = true;
      this.fast -= 1;
      this.startBatch();
    }, this.limits.slowAfterMs);
    void this.runBatch(batch).finally(() => {
      clearTimeout(slowTimer);
      if (!isSlow) this.fast -= 1;
      this.running -= 1;
      this.startBatch();
    });
  }

  private async runBatch(batch: readonly Waiting<Request, Answer>[]): Promise<void> {
    try {
      const answers = await this.run(batch.map(({ request }) => request));
      if (answers.length !== batch.length)
        throw new Error(`a batch of ${batch.length} got ${answers.length} answers`);
      batch.forEach(({ resolve }, index) => {
        resolve(answers[index] as Answer);
      });
    } catch (error) {
      const waiting = this.isGlobal(error) ? this.waiting.splice(0) : [];
      for (const { reject } of [...batch, ...waiting]) reject(error);
    }
  }
}
