export interface WakeableLoopOptions {
  /** Does one bounded batch of work. @returns whether there may be more */
  readonly run: () => Promise<boolean>;
  /** Pause after a run that left no work. */
  readonly intervalMs: number;
  /** @param consecutive failed runs in a row, including this one */
  readonly onError: (error: unknown, consecutive: number) => void;
}

/** After errors the pause doubles up to this many intervals: little load in an outage, soon back after it. */
const MAX_ERROR_INTERVALS = 4;

/** Runs batches in a loop: the next one at once if there is more work or after wake(), otherwise after an interval. */
export class WakeableLoop {
  private woken = false;
  private stopping = false;
  private endPause: (() => void) | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: WakeableLoopOptions) {}

  start(): void {
    this.running = this.loop();
  }

  /** Starts the next run now, or right after the current one. Ignored during the pause after an error. */
  wake(): void {
    this.woken = true;
    this.endPause?.();
  }

  /** Starts no further run. Resolves when the current one has ended. */
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

  /** Ends after `ms`, at the stop, or at a wake-up where `mayEnd` is true. */
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
