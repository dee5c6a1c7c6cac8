import type { Run, State } from '../state.js';

/** Something that may happen next, in plain words. */
export interface Move {
  readonly text: string;
  readonly state: State;
}

/** A step of a worker's run. run: null where it has ended. */
export interface RunMove extends Move {
  readonly run: Run | null;
}

/** A step that ends the run. */
export function ended(text: string, state: State): RunMove {
  return { text, state, run: null };
}
