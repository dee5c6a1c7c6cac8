import type { Invariant } from './broken.js';
import type { Budget } from './budget.js';
import { type CounterExample, explore } from './explorer.js';
import type { Start } from './initial-state.js';
import { type Rules, SOUND } from './rules.js';

export const NO_LOSS = { loss: 0 };

export const CAPTURES: Invariant = 'at most one capture under an order key';
export const CONFIRMED: Invariant = 'a CONFIRMED order has its money';
export const KEPT: Invariant = 'a failed or cancelled order keeps no money';
export const RETURNED: Invariant = 'no more is returned than was taken';
export const RESTS: Invariant = 'every order can come to rest';

/** A planted fault: a rule that is switched off. */
export interface Fault {
  readonly fault: string;
  readonly rule: keyof Rules;
  /** What else is switched off, which would hide the fault, and the invariant that this breaks on the way. */
  readonly besides?: { readonly rule: keyof Rules; readonly broken: Invariant };
  readonly start?: Start;
  readonly budget: Budget;
  readonly broken: Invariant;
  /** A step of the shortest path on which it shows. */
  readonly step: RegExp;
}

export function counterExampleOf({ rule, besides, start, budget }: Fault): CounterExample | undefined {
  const rules = { ...SOUND, [rule]: false, ...(besides === undefined ? {} : { [besides.rule]: false }) };
  return explore(rules, budget, {
    ...(start === undefined ? {} : { start }),
    ...(besides === undefined ? {} : { ignored: besides.broken }),
  }).counterExample;
}
