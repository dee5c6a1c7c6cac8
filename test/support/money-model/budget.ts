/**
 * How often each of these may happen on one path, and all but the loss of commits together. Without a bound the model
 * would have no end. Kills, lost answers, repeated jobs and webhooks need none: they lead back to known states.
 */
export interface Budget {
  /** PostgreSQL loses commits. */
  readonly loss: number;
  readonly decline: number;
  /** The gateway refuses, or answers with an error that it saves under the key. */
  readonly error: number;
  /** A day passes, and the gateway forgets all keys. */
  readonly forget: number;
  readonly cancellation: number;
  /** An operator retries or discards a dead letter, or returns an orphan's money. */
  readonly decision: number;
  readonly together: number;
}

export type Mishap = Exclude<keyof Budget, 'loss' | 'together'>;

/** The budget in which each of the mishaps may happen once. */
export function once(...mishaps: readonly Mishap[]): Budget {
  const none = { loss: 1, decline: 0, error: 0, forget: 0, cancellation: 0, decision: 0 };
  return { ...none, ...Object.fromEntries(mishaps.map((mishap) => [mishap, 1])), together: mishaps.length };
}

interface Budgeted {
  readonly budget: Budget;
}

export function mayHappen({ budget }: Budgeted, mishap: Mishap): boolean {
  return budget.together > 0 && budget[mishap] > 0;
}

/** The state after a mishap. */
export function spend<State extends Budgeted>(state: State, mishap: Mishap): State {
  const { budget } = state;
  return {
    ...state,
    budget: { ...budget, [mishap]: budget[mishap] - 1, together: budget.together - 1 },
  };
}
