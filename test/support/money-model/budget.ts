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
  /** The bank wants the customer to authenticate the payment. */
  readonly action: number;
  /** The customer pays again an order whose payment has failed. */
  readonly payment: number;
  readonly cancellation: number;
  /** An operator retries or discards a dead letter, or returns an orphan's money. */
  readonly decision: number;
  readonly together: number;
  /** Of keys. A run that would begin one more uses the last again. */
  readonly generations: number;
}

export type Mishap = Exclude<keyof Budget, 'loss' | 'together' | 'generations'>;

/** The budget in which each of the mishaps may happen once. */
export function once(...mishaps: readonly Mishap[]): Budget {
  const none = {
    loss: 1,
    decline: 0,
    error: 0,
    forget: 0,
    action: 0,
    payment: 0,
    cancellation: 0,
    decision: 0,
  };
  const each = Object.fromEntries(mishaps.map((mishap) => [mishap, 1]));
  return { ...none, ...each, together: mishaps.length, generations: 2 };
}

/** The same with another payment of a failed order, as often as the customer likes to, which is twice. */
export function payingAgain(...mishaps: readonly Mishap[]): Budget {
  const budget = once('payment', ...mishaps);
  return { ...budget, payment: 2, together: budget.together + 1, generations: 3 };
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
