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
        find: ' AND version = ${from.version}::int AND status = ${from.status}::order_status',
        replace: '',
      },
      // Else the events' primary key would notice what the comparison should have.
      {
        file: TRANSITION_ORDER,
        find: 'SELECT moved.id, ${from.version}::int + e.step,',
        replace: 'SELECT moved.id, moved.version - ${events.length}::int + e.step,',
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
        find:
          '      INSERT INTO order_events (order_id, version, type, status, previous_status, detail)\n' +
          '      SELECT moved.id, ',
        replace:
          '      SELECT version FROM moved`;\n' +
          '    const history = Prisma.sql`/* append-events */\n' +
          '      INSERT INTO order_events (order_id, version, type, status, previous_status, detail)\n' +
          '      SELECT ${orderId}::uuid, ',
      },
      { file: TRANSITION_ORDER, find: 'FROM moved, unnest(', replace: 'FROM unnest(' },
      {
        file: TRANSITION_ORDER,
        find: 'if (rows.length === 0) return undefined;',
        replace:
          'if (rows.length === 0) return undefined;\n' +
          '    await this.database.$queryRaw<unknown[]>(history);',
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
        find: "if (order.paymentIntentId === null) return this.settle(order, 'nothing');",
        replace: "return this.settle(order, 'nothing');",
      },
    ],
    faults: [],
    orders: 300,
    breaks: [4],
  },
];
