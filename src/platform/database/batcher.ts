import { QueueFullError } from '../queue-full-error.js';

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer | Promise<Answer>) => void;
  readonly reject: (reason: unknown) => void;
}

export interface BatchLimits {
  /** Requests in one batch, at most. */
  readonly batchSize: number;
  /** One batch runs at a time; one that takes longer than this no longer holds up the next. In ms. */
  readonly patienceMs: number;
  /** Batches at a time, at most, slow ones included. */
  readonly concurrency: number;
  /** Requests under way, at most: those in batches, and those that wait for one. */
  readonly pending: number;
}

/**
 * Does the work of concurrent callers together: while one batch runs, the next one gathers. No caller waits for
 * others to come: one alone begins in the same turn of the event loop, and batches grow with the load by themselves,
 * as in a group commit.
 */
export class Batcher<Request, Answer> {
  private waiting: Waiting<Request, Answer>[] = [];
  private pending = 0;
  private scheduled = false;
  private running = 0;
  private quick = 0;

  /**
   * @param run answers each request of a batch, in the batch's order, some perhaps later; what it throws, all of the
   * batch's callers get
   * @param isEveryones tells of what `run` throws whether all who wait would meet it too: they get it now
   */
  constructor(
    private readonly run: (batch: readonly Request[]) => Promise<readonly (Answer | Promise<Answer>)[]>,
    private readonly isEveryones: (error: unknown) => boolean,
    private readonly limits: BatchLimits,
  ) {}

  /** @throws QueueFullError at once, and what `run` throws */
  async submit(request: Request): Promise<Answer> {
    if (this.pending >= this.limits.pending) throw new QueueFullError('their answers', this.limits.pending);
    this.pending += 1;
    try {
      return await new Promise((resolve, reject) => {
        this.waiting.push({ request, resolve, reject });
        this.soon();
      });
    } finally {
      this.pending -= 1;
    }
  }

  /** At the end of this turn of the event loop: what has come by then goes together. */
  private soon(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.next();
    });
  }

  private next(): void {
    if (this.waiting.length === 0 || this.quick > 0 || this.running >= this.limits.concurrency) return;
    const batch = this.waiting.splice(0, this.limits.batchSize);
    this.running += 1;
    this.quick += 1;
    let isSlow = false;
    const patience = setTimeout(() => {
      isSlow = true;
      this.quick -= 1;
      this.next();
    }, this.limits.patienceMs);
    void this.answer(batch).finally(() => {
      clearTimeout(patience);
      if (!isSlow) this.quick -= 1;
      this.running -= 1;
      this.next();
    });
  }

  private async answer(batch: readonly Waiting<Request, Answer>[]): Promise<void> {
    try {
      const answers = await this.run(batch.map(({ request }) => request));
      if (answers.length !== batch.length) throw new Error('a batch was not answered whole');
      batch.forEach(({ resolve }, index) => {
        resolve(answers[index] as Answer);
      });
    } catch (error) {
      const behind = this.isEveryones(error) ? this.waiting.splice(0) : [];
      for (const { reject } of [...batch, ...behind]) reject(error);
    }
  }
}
