import type { Mutant } from './mutant.js';

const CREATE_ORDERS = 'src/orders/create/create-orders.ts';
const ORDER_INTAKE = 'src/orders/create/create-order.ts';

/** How orders are taken in. */
export const INTAKE_MUTANTS: readonly Mutant[] = [
  {
    name: 'no-unique-key',
    what: 'No index keeps a key from a second order: the intake looks for one first, and then inserts.',
    patches: [
      {
        file: 'prisma/migrations/20261122000000_orders/migration.sql',
        find: 'CREATE UNIQUE INDEX "orders_customer_id_idempotency_key_key"',
        replace: 'CREATE INDEX "orders_customer_id_idempotency_key_key"',
      },
      {
        file: CREATE_ORDERS,
        find: 'ON CONFLICT (customer_id, idempotency_key) DO NOTHING',
        replace: '',
      },
      {
        file: CREATE_ORDERS,
        find: 'const rows = await database.$queryRaw<CreatedRow[]>',
        replace:
          'const known = await findByKeys(database, orders);\n' +
          '  const rows = known.size > 0 ? [] : await database.$queryRaw<CreatedRow[]>',
      },
    ],
    // A double-click to both api processes at once: neither sees the other's order before its own commit.
    faults: [],
    orders: 300,
    breaks: [1],
  },
  {
    name: 'other-input-accepted',
    what: 'Whatever comes under a used key is answered with the order that has the key.',
    patches: [
      {
        file: CREATE_ORDERS,
        find: 'Buffer.compare(found.fingerprint, fingerprint(order, version)) === 0;',
        replace: 'true;',
      },
    ],
    faults: [],
    orders: 300,
    breaks: [1],
  },
  {
    name: 'outbox-outside-transaction',
    what: 'The outbox message is appended by a second statement, after the order was committed.',
    patches: [
      {
        file: CREATE_ORDERS,
        find:
          '    ), messages AS (\n' +
          '      INSERT INTO outbox_messages (kind, order_id) SELECT ${FIRST_MESSAGE}, id FROM stored\n' +
          '    )\n',
        replace: '    )\n',
      },
      {
        file: CREATE_ORDERS,
        find: 'const others = orders.filter(',
        replace:
          'for (const order of created) {\n' +
          '    if (order !== undefined) await database.$executeRaw`/* append-message */\n' +
          '      INSERT INTO outbox_messages (kind, order_id) VALUES (${FIRST_MESSAGE}::text, ${order.id}::uuid)`;\n' +
          '  }\n' +
          '  const others = orders.filter(',
      },
    ],
    // Recovery makes up for the message after 15 s. Until then, and between the statements, a look sees it missing.
    faults: ['delay-postgres-link', 'swallow-postgres-link-back', 'cut-after-commit', 'kill-api'],
    orders: 600,
    breaks: [3],
  },
  {
    name: 'acknowledgement-before-commit',
    what: 'The customer is answered when the order is written, and a moment later it is committed.',
    patches: [
      {
        file: ORDER_INTAKE,
        find: 'await retryRolledBack(() => createOrders(this.database, orders, this.settings));',
        replace:
          'await new Promise<CreateOrderOutcome[]>((resolve, reject) => {\n' +
          '      const committed = this.database.$transaction(async (transaction) => {\n' +
          '        resolve(await createOrders(transaction, orders, this.settings));\n' +
          '        await delay(200);\n' +
          '      });\n' +
          '      committed.catch((error) => {\n' +
          "        log.warn({ err: error }, 'an order was not committed');\n" +
          '        reject(error);\n' +
          '      });\n' +
          '    });',
      },
    ],
    // Each of these meets some five orders that are answered and not committed.
    faults: ['crash-postgres', 'restart-postgres', 'terminate-backends', 'kill-api'],
    orders: 400,
    breaks: [2],
  },
  {
    name: 'unknown-outcome-is-final',
    what: 'Where the answer to a create is lost, the customer is told that there is no use in trying again.',
    patches: [
      { file: ORDER_INTAKE, find: 'if (!isAnswerLost(error)) throw error;', replace: 'throw error;' },
      {
        file: 'src/graphql/errors/errors.ts',
        find: 'retryable: true,',
        replace: 'retryable: false,',
      },
    ],
    // While PostgreSQL is paused it has statements on their way, which it runs when it goes on.
    faults: ['pause-postgres', 'cut-after-commit', 'swallow-postgres-link-back'],
    orders: 500,
    breaks: [2, 10],
  },
];
