import { beforeAll, describe, expect, test } from '@jest/globals';
import { ORDER_STATUSES } from '../../src/orders/lifecycle.js';
import { type Budget, once, payingAgain } from '../support/money-model/budget.js';
import { type Exploration, explore, type ExploreOptions } from '../support/money-model/explorer.js';
import { NO_LOSS } from '../support/money-model/fault.js';
import { printed } from '../support/money-model/print.js';
import { SOUND } from '../support/money-model/rules.js';
import { RUN_STEPS, type State } from '../support/money-model/state.js';

interface World extends ExploreOptions {
  readonly world: string;
  readonly budget: Budget;
}

/** All of it at once would be millions of states. */
const WORLDS: readonly World[] = [
  {
    world: 'PostgreSQL loses commits, a customer cancels and an operator decides',
    budget: once('cancellation', 'decision'),
  },
  {
    world: 'PostgreSQL loses commits, and a decline, an error, a day or the bank comes as well',
    budget: { ...once('decline', 'error', 'forget', 'action'), together: 1 },
  },
  {
    world: 'PostgreSQL loses nothing, and any three of all else happen',
    budget: {
      ...once('decline', 'error', 'forget', 'action', 'payment', 'cancellation', 'decision'),
      ...NO_LOSS,
      ...{ together: 3, generations: 3 },
    },
  },
  {
    world: 'PostgreSQL loses commits of an order that is paid again, and it is cancelled, declined or waits',
    start: 'failed',
    budget: { ...payingAgain('decline', 'action', 'cancellation'), together: 2 },
  },
  {
    world: 'PostgreSQL loses commits of an order that is paid again twice, and a day passes',
    start: 'failed',
    budget: payingAgain('forget'),
  },
];

describe('the model of the money rules', () => {
  const explorations = new Map<World, Exploration>();
  const statuses = new Set<string>();
  const steps = new Set<string>();

  beforeAll(() => {
    const visit = ({ row, workers }: State) => {
      if (row !== null) statuses.add(row.status);
      for (const run of workers) if (run !== null) steps.add(run.step);
    };
    for (const world of WORLDS) explorations.set(world, explore(SOUND, world.budget, { ...world, visit }));
  }, 120_000);

  test.each(WORLDS)('breaks no invariant in any reachable state where $world', (world) => {
    const { counterExample } = explorations.get(world) ?? {};
    expect(counterExample === undefined ? 'nothing is broken' : printed(counterExample)).toBe(
      'nothing is broken',
    );
  });

  test('reaches every status and every step of a run', () => {
    expect([...statuses].sort()).toEqual([...ORDER_STATUSES].sort());
    expect([...steps].sort()).toEqual([...RUN_STEPS].sort());
  });
});
