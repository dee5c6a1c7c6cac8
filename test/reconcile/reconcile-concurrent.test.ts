import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { GatewayBooks } from '../../src/payments/gateway-books.js';
import { randomIn, ReconcileDesk } from './reconcile-desk.js';

const ORDERS = 120;
const AT_ONCE = 6;

let desk: ReconcileDesk;

beforeAll(async () => {
  desk = await ReconcileDesk.open({ DATABASE_POOL_SIZE: '10' });
}, 60_000);

afterAll(async () => {
  await desk.close();
}, 60_000);

/** Answers that arrive late: the order has moved on meanwhile. */
function slowBooks(): GatewayBooks {
  const late = async <T>(answer: Promise<T>): Promise<T> => {
    const read = await answer;
    await delay(randomIn(20));
    return read;
  };
  return Object.assign(Object.create(desk.books) as GatewayBooks, {
    listPayments: (window: Parameters<GatewayBooks['listPayments']>[0]) =>
      late(desk.books.listPayments(window)),
    retrieve: (id: string) => late(desk.books.retrieve(id)),
  });
}

/** A charge that succeeds or is declined, and perhaps a cancellation at any moment. */
async function runOrder(): Promise<void> {
  const orderId = await desk.steps.placeOrder(randomIn(4) < 1 ? 'pm_card_chargeDeclined' : 'pm_card_visa');
  const cancel = async () => {
    await delay(randomIn(60));
    await desk.steps.cancel(orderId);
  };
  await Promise.all([desk.steps.chargeToEnd(orderId), randomIn(2) < 1 ? cancel() : undefined]);
  await desk.steps.refundToEnd(orderId);
}

describe('reconciliation without a grace period', () => {
  test('lists nothing while orders are created, charged, cancelled and refunded', async () => {
    let left = ORDERS;
    const client = async () => {
      while (left-- > 0) await runOrder();
    };
    const running = Promise.all(Array.from({ length: AT_ONCE }, client));
    const done = running.then(() => true);
    const isDone = () => Promise.race([done, delay(0, false)]);
    let rounds = 0;
    const sweep = desk.sweep({ books: slowBooks() });
    while (!(await isDone())) {
      await desk.steps.select(
        `INSERT INTO reconcile_hints (payment_intent_id)
         SELECT payment_intent_id FROM payments WHERE payment_intent_id IS NOT NULL ORDER BY created_at DESC LIMIT 10
         ON CONFLICT DO NOTHING`,
      );
      await desk.reconcile(sweep);
      rounds += 1;
    }
    await running;
    await desk.reconcile(sweep);
    expect(rounds).toBeGreaterThan(3);
    expect(await desk.steps.select('SELECT * FROM payment_discrepancies')).toEqual([]);
    expect(await desk.steps.select('SELECT * FROM missing_orders')).toEqual([]);
    const statuses = await desk.steps.select<{ status: string }>(
      'SELECT DISTINCT status FROM orders ORDER BY 1',
    );
    expect(statuses.map(({ status }) => status)).toEqual(
      expect.arrayContaining(['CONFIRMED', 'PAYMENT_FAILED', 'CANCELLED']),
    );
  }, 120_000);

  test.each(['CONFIRMED', 'PAYMENT_PROCESSING'])(
    'lists nothing of an order that is cancelled while its payment is read, and was %s before',
    async (status) => {
      const orderId = await desk.steps.placeOrder();
      if (status === 'PAYMENT_PROCESSING') {
        // (Stripe's package sends each request twice.)
        const endpoint = 'payment_intents.confirm';
        await desk.steps.sandbox.addFault({ kind: 'charged_then_reset', endpoint, count: 2 });
        await desk.steps.chargeOrder().run(orderId);
      } else await desk.steps.chargeToEnd(orderId);
      expect(await desk.steps.status(orderId)).toBe(status);
      const paymentIntent = await desk.paymentOf(orderId);
      await desk.outside('refunds', { paymentIntent, amount: 80 });
      const books = Object.assign(Object.create(desk.books) as GatewayBooks, {
        retrieve: async (id: string) => {
          if (id === paymentIntent) {
            await desk.steps.cancel(orderId);
            await desk.steps.refundToEnd(orderId);
          }
          return desk.books.retrieve(id);
        },
      });
      await desk.passInterval();
      await desk.sweep({ books }).runOnce();
      expect(await desk.steps.status(orderId)).toBe('CANCELLED');
      await desk.reconcile();
      expect(await desk.listed(orderId)).toEqual([]);
    },
  );
});
