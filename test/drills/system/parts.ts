/** Something that was started and has to be ended. */
export interface Part {
  /** At any time, whatever state it is in. */
  end(): Promise<void>;
  /** At this process's own exit, where nothing can be waited for. */
  endNow?(): void;
}

/** All that was started, to be ended in reverse. Ends it by force where this process exits before. */
export class Parts {
  private readonly parts: Part[] = [];
  private ending: Promise<void> | undefined;

  constructor() {
    process.on('exit', this.endNow);
  }

  add<P extends Part>(part: P): P {
    this.parts.push(part);
    return part;
  }

  /** The first call counts; later ones wait for the same end. @throws AggregateError with all that went wrong */
  end(): Promise<void> {
    return (this.ending ??= this.endAll());
  }

  private async endAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const part of [...this.parts].reverse()) {
      await part.end().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw new AggregateError(errors, 'not everything could be ended');
    process.off('exit', this.endNow);
  }

  private readonly endNow = (): void => {
    for (const part of [...this.parts].reverse()) part.endNow?.();
  };
}
