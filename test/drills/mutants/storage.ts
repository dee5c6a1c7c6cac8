import type { Mutant } from './mutant.js';

/** Defects in what is asked of PostgreSQL. */
export const STORAGE_MUTANTS: readonly Mutant[] = [
  {
    name: 'commit-without-flush',
    what: 'Commits do not wait until they are on disk (synchronous_commit is off).',
    patches: [
      {
        file: 'src/platform/database/database.ts',
        find: "'-c random_page_cost=1.1'",
        replace: "'-c random_page_cost=1.1 -c synchronous_commit=off'",
      },
    ],
    // A crash loses the commits of the last 200 ms or more: orders, and events that subscribers have seen.
    faults: ['crash-postgres', 'kill-everything'],
    orders: 500,
    breaks: [2, 4, 6],
  },
  {
    name: 'foreign-orders-visible',
    what: 'An order is shown to anyone who knows its id.',
    patches: [
      {
        file: 'src/orders/order-queries.ts',
        find: 'where: { id, ...owner(visibleTo) },',
        replace: 'where: { id },',
      },
    ],
    faults: [],
    orders: 300,
    breaks: [6],
  },
];
