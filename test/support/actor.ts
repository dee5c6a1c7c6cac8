/** Thrown into an actor where its process is said to end. */
export class Crash extends Error {}

/** Where an actor waits until it is told to go on. */
export type Gate = () => Promise<void>;

/**
 * Work that runs from one gate to the next, and only when it is told to: a test can so put the steps of several
 * workers into any order, and end one of them between any two of its steps.
 */
export class Actor {
  private resume: ((crash: boolean) => void) | undefined;
  private parked: Promise<void>;
  private park: () => void = () => undefined;
  private ended = false;

  /** It runs up to its first gate at once; wait for ready(). @param onError for what the work throws by itself */
  constructor(
    readonly name: string,
    work: (gate: Gate) => Promise<unknown>,
    onError: (error: unknown) => void,
  ) {
    this.parked = this.nextStop();
    work(() => this.wait())
      .catch((error: unknown) => {
        if (!(error instanceof Crash)) onError(error);
      })
      .finally(() => {
        this.ended = true;
        this.park();
      });
  }

  get done(): boolean {
    return this.ended;
  }

  /** Resolves when it waits at a gate, or has ended. */
  async ready(): Promise<void> {
    await this.parked;
  }

  /** Runs it up to its next gate, or its end. */
  async step(): Promise<void> {
    await this.goOn(false);
  }

  /** Its process ends here: nothing of the work happens after this. */
  async crash(): Promise<void> {
    await this.goOn(true);
  }

  private async goOn(crash: boolean): Promise<void> {
    if (this.ended) return;
    this.parked = this.nextStop();
    this.resume?.(crash);
    await this.parked;
  }

  private async wait(): Promise<void> {
    const resumed = new Promise<boolean>((resolve) => {
      this.resume = resolve;
    });
    this.park();
    if (await resumed) throw new Crash();
  }

  private nextStop(): Promise<void> {
    return new Promise((resolve) => {
      this.park = resolve;
    });
  }
}

/** The same object, each of whose methods waits at a gate before it begins and after it has ended, well or not. */
export function gated<T extends object>(target: T, gate: Gate): T {
  return new Proxy(target, {
    get: (_, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...parameters: unknown[]): Promise<unknown> => {
        await gate();
        try {
          return (await member.apply(target, parameters)) as unknown;
        } finally {
          await gate();
        }
      };
    },
  });
}
