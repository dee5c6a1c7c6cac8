import type { Mutant } from './mutant.js';

const CREATE_ORDERS = 'src/orders/create/create-orders.ts';
const CREATE_ORDER = 'src/orders/create/create-order.ts';
const CREATE_ORDER_BATCHES = 'src/orders/create/create-order-batches.ts';
const CREATE_ORDER_OUTCOME = 'src/orders/create/create-order-outcome.ts';

/** Defects in how orders are created. */
export const INTAKE_MUTANTS: readonly Mutant[] = [
  {
    name: 'no-unique-key',
    what: 'No unique index on the key: a create reads first, and then inserts.',
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
    // A double-click reaches both api processes at once: neither sees the other's order before its own commit.
    faults: [],
    orders: 300,
    breaks: [1],
  },
  {
    name: 'other-input-accepted',
    what: 'Any input under a used key is answered with the order of that key.',
    patches: [
      {
        file: CREATE_ORDER_OUTCOME,
        find: 'Buffer.compare(stored.fingerprint, fingerprint(order, version)) === 0;',
        replace: 'true;',
      },
    ],
    faults: [],
    orders: 300,
    breaks: [1],
  },
  {
    name: 'outbox-outside-transaction',
    what: 'The outbox message is appended by a second statement, after the commit of the order.',
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
    // Recovery repairs it after 15 s. Until then, and between the statements, a snapshot shows no message.
    faults: ['delay-postgres-link', 'swallow-postgres-link-back', 'cut-after-commit', 'kill-api'],
    orders: 600,
    breaks: [3],
  },
  {
    name: 'acknowledgement-before-commit',
    what: 'The customer is answered before the order is committed.',
    patches: [
      {
        file: CREATE_ORDER_BATCHES,
        find: 'return retryRolledBack(() => createOrders(this.database, orders, this.settings));',
        replace:
          'return new Promise<CreateOrderOutcome[]>((resolve, reject) => {\n' +
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
      {
        file: CREATE_ORDER_BATCHES,
        find: "import type { Database } from '../../platform/database/database.js';\n",
        replace:
          "import { setTimeout as delay } from 'node:timers/promises';\n" +
          "import type { Database } from '../../platform/database/database.js';\n" +
          "import { log } from '../../platform/observability/logger.js';\n",
      },
    ],
    // Each of these faults meets about five orders that are answered and not committed.
    faults: ['crash-postgres', 'restart-postgres', 'terminate-backends', 'kill-api'],
    orders: 400,
    breaks: [2],
  },
  {
    name: 'unknown-outcome-is-final',
    what: 'If the answer to a create is lost, the customer gets an error that is not retryable.',
    patches: [
      { file: CREATE_ORDER, find: 'if (!isAnswerLost(error)) throw error;', replace: 'throw error;' },
      {
        file: 'src/graphql/errors/errors.ts',
        find: 'retryable: true,',
        replace: 'retryable: false,',
      },
    ],
    // A paused PostgreSQL runs the statements that it has received when it resumes.
    faults: ['pause-postgres', 'cut-after-commit', 'swallow-postgres-link-back'],
    orders: 500,
    breaks: [2, 10],
  },
];
