import { BOOKS_MUTANTS } from './books.js';
import { CUSTOMER_PAYMENT_MUTANTS } from './customer-payments.js';
import { INTAKE_MUTANTS } from './intake.js';
import { LIVE_MUTANTS } from './live.js';
import type { Mutant } from './mutant.js';
import { PAYMENT_MUTANTS } from './payments.js';
import { RELAY_MUTANTS } from './relay.js';
import { STORAGE_MUTANTS } from './storage.js';
import { TRANSITION_MUTANTS } from './transitions.js';

export const MUTANTS: readonly Mutant[] = [
  ...INTAKE_MUTANTS,
  ...STORAGE_MUTANTS,
  ...TRANSITION_MUTANTS,
  ...RELAY_MUTANTS,
  ...PAYMENT_MUTANTS,
  ...BOOKS_MUTANTS,
  ...CUSTOMER_PAYMENT_MUTANTS,
  ...LIVE_MUTANTS,
];

/**
 * @param names if absent, all
 * @throws Error that lists the unknown name and the known ones
 */
export function chooseMutants(names?: readonly string[]): readonly Mutant[] {
  if (names === undefined) return MUTANTS;
  return names.map((name) => {
    const found = MUTANTS.find((mutant) => mutant.name === name);
    if (found !== undefined) return found;
    const known = MUTANTS.map((mutant) => mutant.name).join(', ');
    throw new Error(`there is no mutant ${JSON.stringify(name)}; there are ${known}`);
  });
}
