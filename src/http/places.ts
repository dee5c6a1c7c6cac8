/** So many places for each key, such as a network. */
export class Slots {
  private readonly taken = new Map<string, number>();

  constructor(private readonly maxPerKey: number) {}

  hasPlace(key: string): boolean {
    return (this.taken.get(key) ?? 0) < this.maxPerKey;
  }

  enter(key: string): void {
    this.taken.set(key, (this.taken.get(key) ?? 0) + 1);
  }

  /** To be called once for each enter(). */
  leave(key: string): void {
    const left = (this.taken.get(key) ?? 0) - 1;
    if (left > 0) this.taken.set(key, left);
    else this.taken.delete(key);
  }
}
