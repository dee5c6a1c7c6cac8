import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Gives each caller one turn of the event loop at a time, so that whoever brings much work at once waits for their
 * own, and others come between.
 */
export class Turns {
  private readonly last = new Map<string, Promise<void>>();

  /** Resolves in a turn that this key shares with no other call of its own. */
  next(key: string): Promise<void> {
    const turn = (this.last.get(key) ?? Promise.resolve()).then(() => nextTurn());
    this.last.set(key, turn);
    void turn.then(() => {
      if (this.last.get(key) === turn) this.last.delete(key);
    });
    return turn;
  }
}
