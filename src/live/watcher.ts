/** One subscriber: the last version that it was sent, and whether it heard of a newer one since it last looked. */
export class Watcher {
  private heard = false;
  private isClosed = false;
  private wake: (() => void) | undefined;

  constructor(
    readonly orderId: string,
    public lastSent: number,
  ) {}

  get closed(): boolean {
    return this.isClosed;
  }

  hear(version: number): void {
    if (version <= this.lastSent) return;
    this.heard = true;
    this.wake?.();
  }

  /** To be called before each look: what is heard from now on needs another one. */
  look(): void {
    this.heard = false;
  }

  /** Ends every wait, for good. */
  close(): void {
    this.isClosed = true;
    this.wake?.();
  }

  /** Resolves when a newer version was heard of since the last look, or at the close. */
  async news(): Promise<void> {
    while (!this.isClosed && !this.heard) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Resolves after `ms`, or at the close. */
  async pause(ms: number): Promise<void> {
    if (this.isClosed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        if (!this.isClosed) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
