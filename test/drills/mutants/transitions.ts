import type { Mutant } from './mutant.js';

const TRANSITION_ORDER = 'src/orders/transition-order.ts';

/** How an order moves on. */
export const TRANSITION_MUTANTS: readonly Mutant[] = [
  {
    name: 'no-compare-and-set',
    what: 'A status is written whatever the order has become since it was read.',
    patches: [
      {
        file: TRANSITION_ORDER,
        find: ' AND o.version = t.version AND o.status = t.from_status::order_status',
        replace: '',
      },
      // Else the events' primary key would notice what the comparison should have.
      {
        file: TRANSITION_ORDER,
        find: 'SELECT moved.id, e.version,',
        replace:
          'SELECT moved.id, (moved.version - count(*) OVER (PARTITION BY moved.id)' +
          ' + row_number() OVER (PARTITION BY moved.id ORDER BY e.version))::int,',
      },
    ],
    // Worker and webhook both bring the news of each payment, and customers cancel in the middle of it.
    faults: [],
    orders: 400,
    breaks: [4, 5],
  },
  {
    name: 'event-outside-transaction',
    what: "A status change's event is appended by a second statement, after the change was committed.",
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
        find: "return order.paymentIntentId === null ? this.end(order, 'nothing') : undefined;",
        replace: "return this.end(order, 'nothing');",
      },
    ],
    faults: [],
    orders: 300,
    breaks: [4],
  },
];
