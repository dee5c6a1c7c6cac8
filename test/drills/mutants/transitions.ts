import type { Mutant } from './mutant.js';

const TRANSITION_ORDER = 'src/orders/transition-order.ts';

/** Defects in transitions. */
export const TRANSITION_MUTANTS: readonly Mutant[] = [
  {
    name: 'no-compare-and-set',
    what: 'A status is written without a comparison with the version that was read.',
    patches: [
      {
        file: TRANSITION_ORDER,
        find: ' AND o.version = t.version AND o.status = t.from_status::order_status',
        replace: '',
      },
      // Otherwise the events' primary key would detect what the comparison should.
      {
        file: TRANSITION_ORDER,
        find: 'SELECT moved.id, e.version,',
        replace:
          'SELECT moved.id, (moved.version - count(*) OVER (PARTITION BY moved.id)' +
          ' + row_number() OVER (PARTITION BY moved.id ORDER BY e.version))::int,',
      },
    ],
    // Worker and webhook both report each payment, and customers cancel at the same time.
    faults: [],
    orders: 400,
    breaks: [4, 5],
  },
  {
    name: 'event-outside-transaction',
    what: 'The event of a transition is appended by a second statement, after the commit.',
    patches: [
      {
        file: TRANSITION_ORDER,
        find: ', history AS (${history})',
        replace: '',
      },
      {
        file: TRANSITION_ORDER,
        find: 'const moved = new Set(rows.map(({ ordinal }) => moves[ordinal - 1]));',
        replace:
          'const moved = new Set(rows.map(({ ordinal }) => moves[ordinal - 1]));\n' +
          '    await this.database.$queryRaw<unknown[]>(Prisma.sql`/* append-events */\n' +
          '      WITH moved AS (\n' +
          '        SELECT t.id, t.ordinal\n' +
          '        FROM unnest(${moves.map(({ transition }) => transition.orderId)}::uuid[]) WITH ORDINALITY AS t (id, ordinal)\n' +
          '        WHERE t.ordinal = ANY (${rows.map(({ ordinal }) => ordinal)}::int[])\n' +
          '      ) ${history}`);',
      },
    ],
    faults: ['delay-postgres-link', 'cut-after-commit', 'kill-worker'],
    orders: 500,
    breaks: [3, 5],
  },
  {
    name: 'cancel-without-refund',
    what: 'A cancelled order keeps the money that was taken for it.',
    patches: [
      {
        file: 'src/payments/refund-order.ts',
        find: "id === null ? { kind: 'nothing-owed' }",
        replace: "id !== '' ? { kind: 'nothing-owed' }",
      },
    ],
    faults: [],
    orders: 300,
    breaks: [4],
  },
];
