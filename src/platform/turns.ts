import { setImmediate as nextTurn } from 'node:timers/promises';

/** Grants each key one turn of the event loop at a time, so that one with much work doesn't delay the others. */
export class Turns {
  private readonly last = new Map<string, Promise<void>>();

  /** Resolves in a turn of its own among those of this key. */
  next(key: string): Promise<void> {
    const turn = (this.last.get(key) ?? Promise.resolve()).then(() => nextTurn());
    this.last.set(key, turn);
    void turn.then(() => {
      if (this.last.get(key) === turn) this.last.delete(key);
    });
    return turn;
  }
}
