import type { Mutant } from './mutant.js';

const DISCREPANCY_ROWS = 'src/payments/reconcile/discrepancy-rows.ts';

/** Defects in how the gateway's books and the orders are kept in agreement. */
export const BOOKS_MUTANTS: readonly Mutant[] = [
  {
    name: 'no-search-after-restore',
    what: 'After lost commits a charge looks for no earlier payment of its key.',
    patches: [
      {
        file: 'src/payments/earlier-payments.ts',
        find: 'return gapAgeMs !== null || orphanPaymentIds.length > 0;',
        replace: 'return false;',
      },
    ],
    // While the gateway remembers the keys, a second payment is refused by itself.
    faults: ['restore-old-postgres'],
    orders: 300,
    breaks: [4],
  },
  {
    name: 'reconciliation-skips-a-page',
    what: 'Of a window with several pages, reconciliation compares all but the first.',
    patches: [
      {
        file: 'src/payments/reconcile/compare-list.ts',
        find: 'const { entries, afterId } = await this.books.listPayments(window);',
        replace:
          'const first = await this.books.listPayments(window);\n' +
          '      const isSkipped = window.afterId === null && first.afterId !== null;\n' +
          '      const { entries, afterId } = isSkipped\n' +
          '        ? await this.books.listPayments({ ...window, afterId: first.afterId })\n' +
          '        : first;',
      },
    ],
    // Payments of customers that do not come back are orphans, of which nothing else tells.
    faults: ['restore-postgres', 'restore-old-postgres'],
    orders: 400,
    breaks: [4, 11],
  },
  {
    name: 'discrepancy-recorded-twice',
    what: 'Each comparison lists a difference anew, and nothing keeps it from being listed twice.',
    patches: [
      {
        file: 'prisma/migrations/20261128200000_reconciliation/migration.sql',
        find: 'CREATE UNIQUE INDEX "payment_discrepancies_one_open"',
        replace: 'CREATE INDEX "payment_discrepancies_one_open"',
      },
      {
        file: 'src/payments/reconcile/discrepancy-changes.ts',
        find: 'if (open !== undefined) {',
        replace: 'if (open !== undefined) {\n      added.push(difference);',
      },
      {
        file: DISCREPANCY_ROWS,
        find: '    ${ON_CONFLICT}\n    RETURNING',
        replace: '    RETURNING',
      },
      {
        file: DISCREPANCY_ROWS,
        find: '${rowsOf(differences)} ${ON_CONFLICT}`',
        replace: '${rowsOf(differences)}`',
      },
    ],
    faults: ['refund-outside', 'dispute'],
    orders: 300,
    breaks: [11],
  },
];
