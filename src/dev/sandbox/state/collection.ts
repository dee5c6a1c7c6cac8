/** Records by their ids, oldest first. */
export class Collection<Kept> {
  readonly #idOf: (kept: Kept) => string;
  readonly #all: Kept[] = [];
  readonly #positions = new Map<string, number>();

  constructor(idOf: (kept: Kept) => string) {
    this.#idOf = idOf;
  }

  get all(): readonly Kept[] {
    return this.#all;
  }

  /** The index in `all`. */
  positionOf(id: string): number | undefined {
    return this.#positions.get(id);
  }

  get(id: string): Kept | undefined {
    const position = this.#positions.get(id);
    return position === undefined ? undefined : this.#all[position];
  }

  /** Adds a record, or replaces the one with its id. @returns its index in `all`, and the replaced one */
  put(record: Kept): { readonly position: number; readonly before: Kept | undefined } {
    const id = this.#idOf(record);
    const position = this.#positions.get(id);
    if (position === undefined) {
      const added = this.#all.push(record) - 1;
      this.#positions.set(id, added);
      return { position: added, before: undefined };
    }
    const before = this.#all[position];
    this.#all[position] = record;
    return { position, before };
  }
}
