/** Thrown into an actor whose process is to die. */
export class Crash extends Error {}

/** Makes an actor wait until its next step. */
export type Gate = () => Promise<void>;

/**
 * Work that runs from one gate to the next by step(). So a test can run the steps of several workers in any order,
 * and kill a worker between any two of its steps.
 */
export class Actor {
  private resume: ((crash: boolean) => void) | undefined;
  private parked: Promise<void>;
  private park: () => void = () => undefined;
  private ended = false;

  /** Runs up to its first gate at once; wait for ready(). @param onError gets what the work throws, except Crash */
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

  /** Resolves when it waits at a gate or has ended. */
  async ready(): Promise<void> {
    await this.parked;
  }

  /** Runs up to the next gate or the end. */
  async step(): Promise<void> {
    await this.proceed(false);
  }

  /** Ends the work here, as if its process died. */
  async crash(): Promise<void> {
    await this.proceed(true);
  }

  private async proceed(crash: boolean): Promise<void> {
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

/** The same object, with a gate before and after each call of a method, whether that fails or not. */
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
