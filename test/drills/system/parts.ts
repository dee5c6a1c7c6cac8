/** Something that was started and must be ended. */
export interface Part {
  /** May be called at any time, in any state. */
  end(): Promise<void>;
  /** Called at the exit of this process, which can't wait. */
  endNow?(): void;
}

/** Everything that was started, ended in reverse order, or by force if this process exits first. */
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

  /** Later calls wait for the first one. @throws AggregateError with all errors */
  end(): Promise<void> {
    return (this.ending ??= this.endAll());
  }

  private async endAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const part of [...this.parts].reverse()) {
      await part.end().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw new AggregateError(errors, 'could not end everything');
    process.off('exit', this.endNow);
  }

  private readonly endNow = (): void => {
    for (const part of [...this.parts].reverse()) part.endNow?.();
  };
}
