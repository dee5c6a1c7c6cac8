/** Positions in a list, by a value of the records there. The positions of a value are in ascending order. */
export class PositionIndex {
  readonly #positions = new Map<string, number[]>();

  of(value: string): readonly number[] {
    return this.#positions.get(value) ?? [];
  }

  add(value: string, position: number): void {
    const held = this.#positions.get(value);
    if (held === undefined) this.#positions.set(value, [position]);
    else held.splice(countBelow(held, position), 0, position);
  }

  remove(value: string, position: number): void {
    const held = this.#positions.get(value);
    const index = countBelow(held ?? [], position);
    if (held?.[index] !== position) return;
    held.splice(index, 1);
    if (held.length === 0) this.#positions.delete(value);
  }
}

/** How many of these ascending positions are below the given one. */
export function countBelow(positions: readonly number[], position: number): number {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((positions[middle] ?? Infinity) < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
