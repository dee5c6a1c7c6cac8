import { CLOCK_FAULTS } from './clock-faults.js';
import type { Fault } from './fault.js';
import { GATEWAY_FAULTS } from './gateway-faults.js';
import { LINK_FAULTS } from './link-faults.js';
import { OUTSIDE_FAULTS } from './outside-faults.js';
import { POSTGRES_FAULTS } from './postgres-faults.js';
import { PROCESS_FAULTS } from './process-faults.js';
import { REDIS_FAULTS } from './redis-faults.js';
import { RESTART_FAULTS } from './restart-faults.js';
import { REWIND_FAULTS } from './rewind-faults.js';
import { TRANSACTION_FAULTS } from './transaction-faults.js';

/** All kinds of faults that the drills know. */
export const FAULTS: readonly Fault[] = [
  ...PROCESS_FAULTS,
  ...RESTART_FAULTS,
  ...CLOCK_FAULTS,
  ...POSTGRES_FAULTS,
  ...TRANSACTION_FAULTS,
  ...REWIND_FAULTS,
  ...REDIS_FAULTS,
  ...LINK_FAULTS,
  ...GATEWAY_FAULTS,
  ...OUTSIDE_FAULTS,
];

/**
 * The faults with these names, or all, in the catalogue's order, so that the same names give the same schedule.
 * @throws with all known names where one is unknown
 */
export function chooseFaults(names: readonly string[] | undefined): readonly Fault[] {
  if (names === undefined) return FAULTS;
  const unknown = names.find((name) => FAULTS.every((fault) => fault.name !== name));
  if (unknown !== undefined) {
    const known = FAULTS.map(({ name }) => name).join(', ');
    throw new Error(`There is no fault ${JSON.stringify(unknown)}. The known ones are: ${known}`);
  }
  return FAULTS.filter(({ name }) => names.includes(name));
}
