import { createOrders, findRepetitions } from '../../dist/orders/create-orders.js';
import { OrderQueries } from '../../dist/orders/order-queries.js';
import { OrderTransitions } from '../../dist/orders/transition-order.js';
import { claimMessages, lookAtIds, markDelivered, purgeDelivered } from '../../dist/outbox/outbox.js';
import { beginChargeAttempts, storePaymentIntentIds } from '../../dist/payments/payment-record.js';
import { loadOrders } from '../../dist/payments/payment-work.js';
import { Backlog } from '../../dist/queue/backlog.js';
import { RecoverOrders } from '../../dist/recovery/recover-orders.js';
import { REGULAR } from './fill-orders.js';
import { newInput } from './load.js';

/** As the configuration has them. */
const STUCK_AFTER_MS = 15_000;
const BATCH_SIZE = 500;
const SETTINGS = { recoverAfterMs: STUCK_AFTER_MS, maxDeclinesPerHour: 30 };
/** Messages that wait for the relay, and orders that wait for their charge. */
const WAITING = 500;
/** The longest page there is, and the entry that tells whether another one follows. */
const PAGE = 101;

/** Orders that came in this moment. @returns what the hot statements are about */
export async function addWaiting(database) {
  await createOrders(database, newOrders(WAITING), SETTINGS);
  const page = { visibleTo: { customerId: REGULAR }, statuses: undefined, limit: 10 };
  const ofRegular = await new OrderQueries(database).list(page);
  const [waiting] = await new OrderQueries(database).list({ ...page, visibleTo: 'all' });
  return { waiting, afterId: ofRegular.at(-1).id, known: ofRegular[0], ids: ofRegular.map(({ id }) => id) };
}

const list = (page) => (database, state) =>
  new OrderQueries(database).list({
    limit: PAGE,
    ...page,
    afterId: page.next ? state.afterId : undefined,
  });
const regular = { customerId: REGULAR };

/** Each list as the API asks for it: its name, and what sends its statement. */
export const LISTS = {
  "a customer's orders": list({ visibleTo: regular }),
  "a customer's orders, next page": list({ visibleTo: regular, next: true }),
  "a customer's declined orders": list({ visibleTo: regular, statuses: ['PAYMENT_FAILED'] }),
  'all orders': list({ visibleTo: 'all' }),
  'all orders, next page': list({ visibleTo: 'all', next: true }),
  'all confirmed orders': list({ visibleTo: 'all', statuses: ['CONFIRMED'] }),
  'all declined orders': list({ visibleTo: 'all', statuses: ['PAYMENT_FAILED'] }),
  'all orders that are being cancelled': list({ visibleTo: 'all', statuses: ['CANCELLING'] }),
};

export const claim = (database) =>
  claimMessages(database, { fromId: 0n, batchSize: BATCH_SIZE, leaseMs: 10_000 });

/** What is sent for every order, every message, every page and every sweep. */
export const HOT_STATEMENTS = {
  'create-orders, 1 order': (database) => createOrders(database, newOrders(1), SETTINGS),
  'create-orders, 50 orders': (database) => createOrders(database, newOrders(50), SETTINGS),
  'a repeated create, by its key': (database, { known }) => findRepetitions(database, [asSent(known)]),
  'claim-messages, 500 of 500': claim,
  'mark-delivered, 500 messages': async (database) => {
    const ids = await waitingIds(database);
    await markDelivered(database, ids);
  },
  'look-at-outbox-ids': (database) => lookAtIds(database, 0n),
  'purge-delivered, 500 messages': (database) =>
    purgeDelivered(database, { batchSize: BATCH_SIZE, retentionMs: 3_600_000 }),
  'load-workable-order': (database, { waiting }) => loadOrders(database, [waiting.id], STUCK_AFTER_MS),
  'transition-order': (database, { waiting }) => start(database, waiting),
  'begin-charge-attempt': (database, { waiting }) => beginChargeAttempts(database, [waiting.id]),
  'store-payment-intent': async (database, { waiting }) => {
    await start(database, waiting);
    await beginChargeAttempts(database, [waiting.id]);
    await storePaymentIntentIds(database, [{ orderId: waiting.id, paymentIntentId: 'pi_of_this_order' }]);
  },
  'find-due-orders': (database) =>
    new RecoverOrders(database, {}, {}, { recovery: { batchSize: BATCH_SIZE } }).runOnce(),
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

function newOrders(count) {
  return Array.from({ length: count }, (_, number) =>
    asSent({ ...newInput(number), customerId: `customer-${number}` }),
  );
}

function asSent({ customerId, idempotencyKey, items = [], paymentMethod = '' }) {
  return { customerId, idempotencyKey, items, paymentMethod, expectedTotal: null };
}

async function waitingIds(database) {
  const rows = await database.outboxMessage.findMany({
    where: { deliveredAt: null },
    orderBy: { id: 'asc' },
    take: BATCH_SIZE,
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

/** The first step of an order's work. */
function start(database, { id: orderId, status, version }) {
  const transitions = new OrderTransitions(
    database,
    { publish: () => undefined },
    { recovery: { stuckAfterMs: STUCK_AFTER_MS } },
  );
  return transitions.apply({ orderId, from: { status, version }, type: 'PAYMENT_STARTED', actor: 'worker' });
}
