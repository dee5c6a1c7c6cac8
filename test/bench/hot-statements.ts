import { readConfig } from '../../src/config/config.js';
import type { NewOrder } from '../../src/orders/create/create-order-outcome.js';
import { createOrders, findReplays } from '../../src/orders/create/create-orders.js';
import { OrderChangeNotifier } from '../../src/orders/order-change-notifier.js';
import { type OrderPage, OrderQueries } from '../../src/orders/order-queries.js';
import type { Order } from '../../src/orders/order.js';
import { OrderTransitions } from '../../src/orders/transition-order.js';
import { claimMessages, readIdBounds, markDelivered, purgeDelivered } from '../../src/outbox/outbox.js';
import { RelayWakeUp } from '../../src/outbox/relay-wake-up.js';
import { beginAttempts } from '../../src/payments/attempts.js';
import { storePaymentIntentIds } from '../../src/payments/payment-intents.js';
import { loadWorkOrders } from '../../src/payments/work-order.js';
import type { Database } from '../../src/platform/database/database.js';
import type { PubSub } from '../../src/platform/redis/pub-sub.js';
import { Backlog } from '../../src/queue/backlog.js';
import type { PaymentQueues } from '../../src/queue/payment-queues.js';
import { RecoverOrders } from '../../src/recovery/recover-orders.js';
import { REGULAR } from './fill-orders.js';
import { newInput } from './load.js';

/** The rows that the hot statements read and write. */
export interface ShopState {
  /** An order whose work has not begun. */
  readonly waiting: Order;
  /** One of the regular customer's. */
  readonly known: Order;
  /** The cursor of the regular customer's second page. */
  readonly afterId: string;
  /** The orders on the first page. */
  readonly ids: readonly string[];
}

export type Work = (database: Database, state: ShopState) => Promise<unknown>;

const { payment, recovery, redis, relay } = readConfig({
  DATABASE_URL: 'postgresql://localhost/orders',
  REDIS_URL: 'redis://localhost',
  AUTH_JWT_SECRET: 'no token is checked here, but there has to be one',
});
const SETTINGS = { recoverAfterMs: recovery.stuckAfterMs, maxDeclinesPerHour: payment.maxDeclinesPerHour };
/** Messages that wait for the relay, and orders that wait for their charge. */
const WAITING = 500;
/** The maximum page size, and the entry that says whether another page follows. */
const PAGE = 101;

const NO_PUB_SUB = { publish: () => undefined } as unknown as PubSub;
/** Never called, as no order is due. */
const NO_QUEUES = { of: () => undefined } as unknown as PaymentQueues;

/** Orders that were placed just now. */
export async function addWaiting(database: Database): Promise<ShopState> {
  await createOrders(database, newOrders(WAITING), SETTINGS);
  const page = { visibleTo: regular, statuses: undefined, limit: 10, afterId: undefined };
  const ofRegular = await new OrderQueries(database).list(page);
  const [waiting] = await new OrderQueries(database).list({ ...page, visibleTo: 'all' });
  const [known, last] = [ofRegular[0], ofRegular.at(-1)];
  if (waiting === undefined || known === undefined || last === undefined)
    throw new Error('the shop has too few orders');
  return { waiting, afterId: last.id, known, ids: ofRegular.map(({ id }) => id) };
}

function list(
  page: Partial<OrderPage> & Pick<OrderPage, 'visibleTo'>,
  which: 'first' | 'next' = 'first',
): Work {
  return (database, { afterId }) =>
    new OrderQueries(database).list({
      limit: PAGE,
      statuses: undefined,
      ...page,
      afterId: which === 'next' ? afterId : undefined,
    });
}
const regular = { customerId: REGULAR };

/** Each list of the API: its name, and a function that sends its statement. */
export const LISTS: Readonly<Record<string, Work>> = {
  "a customer's orders": list({ visibleTo: regular }),
  "a customer's orders, next page": list({ visibleTo: regular }, 'next'),
  "a customer's declined orders": list({ visibleTo: regular, statuses: ['PAYMENT_FAILED'] }),
  'all orders': list({ visibleTo: 'all' }),
  'all orders, next page': list({ visibleTo: 'all' }, 'next'),
  'all confirmed orders': list({ visibleTo: 'all', statuses: ['CONFIRMED'] }),
  'all declined orders': list({ visibleTo: 'all', statuses: ['PAYMENT_FAILED'] }),
  'all orders that are being cancelled': list({ visibleTo: 'all', statuses: ['CANCELLING'] }),
};

export const claim: Work = (database) =>
  claimMessages(database, { fromId: 0n, batchSize: relay.batchSize, leaseMs: relay.leaseMs });

/** The statements of every order, message, page and sweep. */
export const HOT_STATEMENTS: Readonly<Record<string, Work>> = {
  'create-orders, 1 order': (database) => createOrders(database, newOrders(1), SETTINGS),
  'create-orders, 50 orders': (database) => createOrders(database, newOrders(50), SETTINGS),
  'a repeated create, by its key': (database, { known }) => findReplays(database, [asSent(known)]),
  'claim-messages, 500 of 500': claim,
  'mark-delivered, 500 messages': async (database) => {
    const ids = await waitingIds(database);
    await markDelivered(database, ids);
  },
  'look-at-outbox-ids': (database) => readIdBounds(database, 0n),
  'purge-delivered, 500 messages': (database) =>
    purgeDelivered(database, { batchSize: recovery.batchSize, retentionMs: recovery.outboxRetentionMs }),
  'load-work-orders': (database, { waiting }) => loadWorkOrders(database, [waiting.id]),
  'transition-order': (database, { waiting }) => start(database, waiting),
  'begin-charge-attempt': (database, { waiting }) => beginAttempts(database, 'CHARGE', [waiting.id]),
  'store-payment-intent': async (database, { waiting }) => {
    await start(database, waiting);
    await beginAttempts(database, 'CHARGE', [waiting.id]);
    await storePaymentIntentIds(database, [
      { orderId: waiting.id, paymentIntentId: 'pi_of_this_order', generation: 0 },
    ]);
  },
  'find-due-orders': (database) =>
    new RecoverOrders(database, NO_QUEUES, new RelayWakeUp(NO_PUB_SUB), { recovery, redis }).runOnce(),
  'stored-backlog': (database) => Backlog.prototype.stored.call({ database }),
  'events-after, 10 orders': (database, { ids }) =>
    new OrderQueries(database).eventsAfter(
      ids.map((orderId) => ({ orderId, afterVersion: 0 })),
      100,
    ),
  'order-versions, 10 orders': (database, { ids }) => new OrderQueries(database).versions(ids),
  'an order by its id': (database, { waiting }) => new OrderQueries(database).byIds([waiting.id], 'all'),
  'an order by its key': (database, { known }) =>
    new OrderQueries(database).byIdempotencyKey(REGULAR, known.idempotencyKey),
  ...LISTS,
};

function newOrders(count: number): NewOrder[] {
  return Array.from({ length: count }, (_, number) =>
    asSent({ ...newInput(number), customerId: `customer-${number}` }),
  );
}

function asSent({
  customerId,
  idempotencyKey,
  items = [],
  paymentMethod = '',
}: Pick<NewOrder, 'customerId' | 'idempotencyKey'> & Partial<NewOrder>): NewOrder {
  return { customerId, idempotencyKey, items, paymentMethod, expectedTotal: null };
}

async function waitingIds(database: Database): Promise<bigint[]> {
  const rows = await database.outboxMessage.findMany({
    where: { deliveredAt: null },
    orderBy: { id: 'asc' },
    take: relay.batchSize,
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

/** The first step of an order's work. */
async function start(database: Database, { id: orderId, status, version }: Order): Promise<void> {
  const transitions = new OrderTransitions(database, new OrderChangeNotifier(NO_PUB_SUB), { recovery });
  await transitions.apply({
    orderId,
    from: { status, version },
    type: 'PAYMENT_STARTED',
    actor: 'worker',
  });
}
