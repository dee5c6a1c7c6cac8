import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OrderEventType } from '../../src/orders/lifecycle.js';
import type { OrderTransitions } from '../../src/orders/transition-order.js';
import type { ChargeOrder } from '../../src/payments/charge-order.js';
import { OrderSteps } from '../support/order-steps.js';

class Crash extends Error {}

describe('a worker that dies in a charge', () => {
  let steps: OrderSteps;

  beforeAll(async () => {
    steps = await OrderSteps.open();
  });

  afterAll(async () => {
    await steps.close();
  });

  /** Charges by a worker that dies at this point. */
  const deaths: Readonly<Record<string, () => ChargeOrder>> = {
    'after PAYMENT_STARTED': () => chargeThatEndsAfterEvent('PAYMENT_STARTED'),
    'before it asks the gateway': () =>
      chargeWith({
        createPaymentIntent: async () => {
          throw new Crash();
        },
      }),
    'after the create, before its id is stored': () =>
      chargeWith({
        createPaymentIntent: async (input) => {
          await steps.gateway.createPaymentIntent(input);
          throw new Crash();
        },
      }),
    'after the id is stored, before the confirm': () =>
      chargeWith({
        confirmPaymentIntent: async () => {
          throw new Crash();
        },
      }),
    'after the confirm, before the outcome is stored': () =>
      chargeWith({
        confirmPaymentIntent: async (id, key) => {
          await steps.gateway.confirmPaymentIntent(id, key);
          throw new Crash();
        },
      }),
  };

  function chargeWith(overrides: Parameters<OrderSteps['gatewayWith']>[0]): ChargeOrder {
    return steps.chargeOrder({ gateway: steps.gatewayWith(overrides) });
  }

  function chargeThatEndsAfterEvent(last: OrderEventType): ChargeOrder {
    const transitions = {
      apply: async (transition: Parameters<OrderTransitions['apply']>[0]) => {
        const version = await steps.transitions.apply(transition);
        if (transition.type === last) throw new Crash();
        return version;
      },
    } as unknown as OrderTransitions;
    return steps.chargeOrder({ transitions });
  }

  test.each(Object.keys(deaths))('%s: the next worker confirms the order with one capture', async (point) => {
    const orderId = await steps.placeOrder();
    await expect(deaths[point]?.().run(orderId)).rejects.toThrow(Crash);
    expect(await steps.status(orderId)).toBe('PAYMENT_PROCESSING');
    await steps.chargeToEnd(orderId);
    expect(await steps.status(orderId)).toBe('CONFIRMED');
    expect(await steps.history(orderId)).toEqual(['ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_SUCCEEDED']);
    expect(await steps.sandbox.order(orderId)).toMatchObject({ captures: 1, captured: 1_980, refunded: 0 });
  });

  test.each(Object.keys(deaths))('%s, three times in a row: one capture', async (point) => {
    const orderId = await steps.placeOrder();
    for (let death = 0; death < 3; death += 1) await deaths[point]?.().run(orderId).catch(expectCrash);
    await steps.chargeToEnd(orderId);
    expect(await steps.status(orderId)).toBe('CONFIRMED');
    expect(await steps.captures(orderId)).toBe(1);
    expect(await steps.history(orderId)).toHaveLength(3);
  });

  test.each(Object.keys(deaths))(
    '%s, with a card that is declined: PAYMENT_FAILED and no capture',
    async (point) => {
      const orderId = await steps.placeOrder('pm_card_chargeDeclined');
      await expect(deaths[point]?.().run(orderId)).rejects.toThrow(Crash);
      await steps.chargeToEnd(orderId);
      expect(await steps.status(orderId)).toBe('PAYMENT_FAILED');
      expect(await steps.history(orderId)).toEqual(['ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_DECLINED']);
      expect(await steps.captures(orderId)).toBe(0);
    },
  );

  test('after the outcome is stored, before the job ends: another run does nothing', async () => {
    const orderId = await steps.placeOrder();
    await expect(chargeThatEndsAfterEvent('PAYMENT_SUCCEEDED').run(orderId)).rejects.toThrow(Crash);
    expect(await steps.status(orderId)).toBe('CONFIRMED');
    await steps.chargeToEnd(orderId);
    expect(await steps.history(orderId)).toHaveLength(3);
    expect(await steps.captures(orderId)).toBe(1);
  });

  test('or was paused until another worker confirmed the order changes nothing', async () => {
    const orderId = await steps.placeOrder();
    const paused = chargeWith({
      confirmPaymentIntent: async (id, key) => {
        await steps.chargeToEnd(orderId);
        expect(await steps.status(orderId)).toBe('CONFIRMED');
        return steps.gateway.confirmPaymentIntent(id, key);
      },
    });
    expect(await paused.run(orderId)).toEqual({ kind: 'done' });
    expect(await steps.history(orderId)).toHaveLength(3);
    expect(await steps.captures(orderId)).toBe(1);
  });

  function expectCrash(error: unknown): void {
    expect(error).toBeInstanceOf(Crash);
  }

  test('after it has cancelled a declined payment, does not hide why it was declined', async () => {
    const orderId = await steps.placeOrder('pm_card_chargeDeclinedInsufficientFunds');
    const dying = chargeWith({
      cancelPaymentIntent: async (id) => {
        await steps.gateway.cancelPaymentIntent(id);
        throw new Crash();
      },
    });
    await expect(dying.run(orderId)).rejects.toThrow(Crash);
    await steps.chargeToEnd(orderId);
    const failure = 'SELECT status, failure_code AS code FROM orders WHERE id = $1';
    expect(await steps.select(failure, [orderId])).toEqual([
      { status: 'PAYMENT_FAILED', code: 'insufficient_funds' },
    ]);
  });
});

describe('during a call to the gateway', () => {
  let steps: OrderSteps;

  beforeAll(async () => {
    steps = await OrderSteps.open();
  });

  afterAll(async () => {
    await steps.close();
  });

  test("the PaymentIntent's id is stored before it is confirmed", async () => {
    const orderId = await steps.placeOrder();
    const seen: { confirmed: string; stored: unknown }[] = [];
    const gateway = steps.gatewayWith({
      confirmPaymentIntent: async (id, key) => {
        const [payment] = await steps.select<{ id: string | null }>(
          'SELECT payment_intent_id AS id FROM payments WHERE order_id = $1',
          [orderId],
        );
        seen.push({ confirmed: id, stored: payment?.id });
        return steps.gateway.confirmPaymentIntent(id, key);
      },
    });
    await steps.chargeToEnd(orderId, steps.chargeOrder({ gateway }));
    expect(seen).toEqual([{ confirmed: seen[0]?.confirmed, stored: seen[0]?.confirmed }]);
    expect(await steps.status(orderId)).toBe('CONFIRMED');
  });

  test('no transaction is open in the database', async () => {
    const orderId = await steps.placeOrder();
    const open: object[][] = [];
    const recordTransactions = async () => {
      open.push(
        await steps.select(
          `SELECT state, query FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`,
        ),
      );
    };
    const gateway = steps.gatewayWith({
      createPaymentIntent: async (input) => {
        await recordTransactions();
        const intent = await steps.gateway.createPaymentIntent(input);
        await recordTransactions();
        return intent;
      },
      confirmPaymentIntent: async (id, key) => {
        await recordTransactions();
        // The answer is lost, so the next run looks the payment up.
        await steps.gateway.confirmPaymentIntent(id, key);
        throw new Crash();
      },
      retrievePaymentIntent: async (id) => {
        await recordTransactions();
        return steps.gateway.retrievePaymentIntent(id);
      },
    });
    await expect(steps.chargeOrder({ gateway }).run(orderId)).rejects.toThrow(Crash);
    await steps.chargeToEnd(orderId, steps.chargeOrder({ gateway }));
    expect(open).toEqual([[], [], [], []]);
    expect(await steps.status(orderId)).toBe('CONFIRMED');
  });
});
