/** Counts slots in use by key, such as a network; each key has the same number of them. */
export class Slots {
  private readonly used = new Map<string, number>();

  constructor(private readonly maxPerKey: number) {}

  hasFree(key: string): boolean {
    return (this.used.get(key) ?? 0) < this.maxPerKey;
  }

  /** Does not check the maximum: see hasFree(). */
  take(key: string): void {
    this.used.set(key, (this.used.get(key) ?? 0) + 1);
  }

  /** To be called once for each take(). */
  release(key: string): void {
    const remaining = (this.used.get(key) ?? 0) - 1;
    if (remaining > 0) this.used.set(key, remaining);
    else this.used.delete(key);
  }
}
