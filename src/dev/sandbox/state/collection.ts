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

  /** Where in `all` it stands. */
  positionOf(id: string): number | undefined {
    return this.#positions.get(id);
  }

  get(id: string): Kept | undefined {
    const position = this.#positions.get(id);
    return position === undefined ? undefined : this.#all[position];
  }

  /** Adds a record, or puts it in the place of the one with its id, which is returned. */
  put(record: Kept): Kept | undefined {
    const id = this.#idOf(record);
    const position = this.#positions.get(id);
    if (position === undefined) {
      this.#positions.set(id, this.#all.length);
      this.#all.push(record);
      return undefined;
    }
    const before = this.#all[position];
    this.#all[position] = record;
    return before;
  }
}
