/** A call whose outcome was not to be learnt. The history shows it, and the checker judges it. */
export class NeverSettled extends Error {}

/** What someone does besides. Nothing of it is forgotten, and no failure of the drill's own is. */
export class Errands {
  private readonly underWay = new Set<Promise<void>>();
  private readonly failures: unknown[] = [];

  get count(): number {
    return this.underWay.size;
  }

  begin(work: () => Promise<void>): void {
    const errand = work()
      .catch((error: unknown) => {
        if (!(error instanceof NeverSettled)) this.failures.push(error);
      })
      .finally(() => this.underWay.delete(errand));
    this.underWay.add(errand);
  }

  /** Resolves when all are done, also those that were begun meanwhile. @throws the failures */
  async done(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
    if (this.failures.length > 0) throw new AggregateError(this.failures, texts(this.failures));
  }
}

export function texts(failures: readonly unknown[]): string {
  return failures.map((failure) => (failure instanceof Error ? failure.message : String(failure))).join('\n');
}
