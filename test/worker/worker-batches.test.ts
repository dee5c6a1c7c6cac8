import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OrderSteps } from '../support/order-steps.js';
import { SecondWorker } from '../support/second-worker.js';
import { type LinkFault, TcpProxy } from '../support/tcp-proxy.js';

const CONCURRENT = 30;
const PAID = ['ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_SUCCEEDED'];

let steps: OrderSteps;

beforeAll(async () => {
  steps = await OrderSteps.open();
}, 60_000);

afterAll(async () => {
  await steps.close();
}, 60_000);

async function placeOrders(count = CONCURRENT): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () => steps.placeOrder()));
}

async function expectEachPaidOnce(orderIds: readonly string[]): Promise<void> {
  for (const orderId of orderIds) {
    expect(await steps.history(orderId)).toEqual(PAID);
    expect(await steps.sandbox.order(orderId)).toMatchObject({ captures: 1, captured: 1_980, refunded: 0 });
  }
}

describe('concurrent charges', () => {
  test('share their transactions, and each order is charged once', async () => {
    const ids = await placeOrders();
    const charge = steps.chargeOrder();
    await Promise.all(ids.map((id) => charge.run(id)));
    await expectEachPaidOnce(ids);
    const [written] = await steps.select<{ transactions: number; events: number }>(
      `SELECT count(DISTINCT xmin::text)::int AS transactions, count(*)::int AS events
       FROM order_events WHERE order_id = ANY ($1::uuid[]) AND version > 1`,
      [ids],
    );
    expect(written?.events).toBe(2 * CONCURRENT);
    expect(written?.transactions).toBeLessThan(CONCURRENT);
  });

  test('of the same order in a batch charge it once', async () => {
    const ids = await placeOrders();
    const charge = steps.chargeOrder();
    await Promise.all(
      ids.flatMap((id, index) => (index % 3 === 0 ? [id, id] : [id])).map((id) => charge.run(id)),
    );
    await expectEachPaidOnce(ids);
  });

  test('of the same order with its payment already started charge it once', async () => {
    const ids = await placeOrders();
    const from = { status: 'PENDING', version: 1 } as const;
    await Promise.all(
      ids.map((orderId) =>
        steps.transitions.apply({ orderId, type: 'PAYMENT_STARTED', from, actor: 'worker' }),
      ),
    );
    const charge = steps.chargeOrder();
    await Promise.all([...ids, ...ids].map((id) => steps.chargeToEnd(id, charge)));
    for (const id of ids) {
      expect(await steps.status(id)).toBe('CONFIRMED');
      expect(await steps.captures(id)).toBe(1);
    }
  });
});

describe.each([
  ['its status', 'orders', 'id', 'PENDING'],
  ['its attempt', 'payments', 'order_id', 'PAYMENT_PROCESSING'],
])('one order in a batch, for which PostgreSQL refuses %s', (_, table, column, left) => {
  test('fails alone', async () => {
    const ids = await placeOrders();
    const bad = ids[CONCURRENT / 2] ?? '';
    await steps.select(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'not this one' USING ERRCODE = 'check_violation'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW WHEN (NEW.${column} = '${bad}')
        EXECUTE FUNCTION refuse()`);
    try {
      const charge = steps.chargeOrder();
      const ends = await Promise.allSettled(ids.map((id) => charge.run(id)));
      expect(ids.filter((_, index) => ends[index]?.status === 'rejected')).toEqual([bad]);
      expect(await steps.status(bad)).toBe(left);
      expect(await steps.captures(bad)).toBe(0);
      await expectEachPaidOnce(ids.filter((id) => id !== bad));
    } finally {
      await steps.select(`DROP TRIGGER refuse ON ${table}; DROP FUNCTION refuse`);
    }
    await steps.chargeToEnd(bad);
    await expectEachPaidOnce([bad]);
  });
});

const STATEMENTS = ['transition-order', 'begin-charge-attempt', 'store-payment-intent', 'the outcome'];
const FAULTS: readonly LinkFault[] = ['cut-question', 'cut-answer'];

describe.each(STATEMENTS.flatMap((statement) => FAULTS.map((fault) => [statement, fault] as const)))(
  'the answer to a whole batch (%s) is lost by %s',
  (statement, fault) => {
    test('and every order is charged once', async () => {
      const ids = await placeOrders();
      const proxy = await TcpProxy.start(steps.config.database.url);
      const planned = statement === 'the outcome' ? undefined : proxy.next(statement, fault);
      let outcome: Promise<unknown> | undefined;
      const gateway = steps.gatewayWith({
        confirmPaymentIntent: async (id, key) => {
          const answer = await steps.gateway.confirmPaymentIntent(id, key);
          // After the first confirm, all other transitions are outcomes.
          if (planned === undefined) outcome ??= proxy.next('transition-order', fault);
          return answer;
        },
      });
      const worker = new SecondWorker(steps, { url: proxy.url, gateway });
      try {
        const retries = await worker.chargeAll(ids);
        await (planned ?? outcome);
        expect(retries).toBeGreaterThan(1);
        await expectEachPaidOnce(ids);
      } finally {
        await worker.close();
        await proxy.end();
      }
    });
  },
);

describe('cancellations during a batch of charges', () => {
  test('leave each order confirmed or refunded, and the other orders confirmed', async () => {
    const ids = await placeOrders();
    const [early, late] = [ids.slice(0, 10), ids.slice(10, 20)];
    const cancelling: Promise<unknown>[] = [];
    const gateway = steps.gatewayWith({
      createPaymentIntent: async (input) => {
        if (late.includes(input.orderId)) cancelling.push(steps.cancel(input.orderId));
        return steps.gateway.createPaymentIntent(input);
      },
    });
    const charge = steps.chargeOrder({ gateway });
    const charging = ids.map((id) => charge.run(id));
    cancelling.push(...early.map((id) => steps.cancel(id)));
    await Promise.all([...charging, ...cancelling]);
    await Promise.all([...early, ...late].map((id) => steps.refundToEnd(id)));
    for (const id of [...early, ...late]) {
      expect(['CONFIRMED', 'CANCELLED']).toContain(await steps.status(id));
      const ledger = await steps.sandbox.order(id);
      const { captured = 0, refunded = 0, captures = 0 } = ledger ?? {};
      expect(captures).toBeLessThanOrEqual(1);
      expect(captured - refunded).toBe((await steps.status(id)) === 'CONFIRMED' ? 1_980 : 0);
    }
    await expectEachPaidOnce(ids.slice(20));
  });
});
