export interface WakeableLoopOptions {
  /** Does one bounded batch; true means that more may wait. */
  readonly run: () => Promise<boolean>;
  /** The pause after a run that found nothing more. */
  readonly intervalMs: number;
  /** @param consecutive how many runs in a row have failed, this one included */
  readonly onError: (error: unknown, consecutive: number) => void;
}

/** After errors the pause doubles up to this many intervals: soon enough after an outage, quiet during it. */
const MAX_ERROR_INTERVALS = 4;

/** Runs a batch again and again: at once while there is more or it was woken, else after an interval. */
export class WakeableLoop {
  private woken = false;
  private stopping = false;
  private endPause: (() => void) | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: WakeableLoopOptions) {}

  start(): void {
    this.running = this.loop();
  }

  /** Starts the next run now; during a run, another one follows it. Ignored while errors slow the loop down. */
  wake(): void {
    this.woken = true;
    this.endPause?.();
  }

  /** Resolves when the run under way has ended; no other one begins. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.endPause?.();
    await this.running;
  }

  private async loop(): Promise<void> {
    let errors = 0;
    while (!this.stopping) {
      this.woken = false;
      try {
        const more = await this.options.run();
        errors = 0;
        if (!more) await this.pause(this.options.intervalMs, () => this.woken);
      } catch (error) {
        errors += 1;
        this.options.onError(error, errors);
        const intervals = Math.min(2 ** (errors - 1), MAX_ERROR_INTERVALS);
        await this.pause(this.options.intervalMs * intervals, () => false);
      }
    }
  }

  /** Ends after `ms`, at the stop, or as soon as `mayEnd` says so. */
  private async pause(ms: number, mayEnd: () => boolean): Promise<void> {
    if (this.stopping || mayEnd()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.endPause = () => {
        if (!this.stopping && !mayEnd()) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.endPause = undefined;
  }
}
