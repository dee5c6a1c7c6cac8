/** A call whose outcome stayed unknown. The history has it, and the checker checks it. */
export class NeverSettled extends Error {}

/** A customer's tasks beside its orders. All are waited for, and no failure of the drill itself is lost. */
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

  /** Resolves when all are done, including those that begin during the wait. @throws the failures */
  async done(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
    if (this.failures.length > 0) throw new AggregateError(this.failures, texts(this.failures));
  }
}

export function texts(failures: readonly unknown[]): string {
  return failures.map((failure) => (failure instanceof Error ? failure.message : String(failure))).join('\n');
}
