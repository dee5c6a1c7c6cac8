import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ReconcileDesk, TOTAL } from './reconcile-desk.js';

let desk: ReconcileDesk;

beforeAll(async () => {
  desk = await ReconcileDesk.open();
}, 60_000);

afterAll(async () => {
  await desk.close();
}, 60_000);

const RETURNED = ['DOUBLE_PAYMENT RESOLVED'];
const LISTED = ['DOUBLE_PAYMENT OPEN'];

async function doublePayment(): Promise<{ orderId: string; first: string; second: string }> {
  const { orderId, paymentId: first } = await desk.confirmed();
  return { orderId, first, second: await desk.capture({ order_id: orderId }) };
}

/** Lists what is new, and then acts on what is listed. */
async function reconcileTwice(sweep = desk.sweep()): Promise<void> {
  await desk.reconcile(sweep);
  await desk.reconcile(sweep);
}

describe('the second payment of a confirmed order', () => {
  test('is returned once, and the first one stays', async () => {
    const { orderId, first, second } = await doublePayment();
    await reconcileTwice();
    await reconcileTwice();
    expect(await desk.kinds(second)).toEqual(RETURNED);
    expect([await desk.held(first), await desk.held(second)]).toEqual([TOTAL, 0]);
    expect((await desk.stripe.refunds.list({ payment_intent: second })).data).toHaveLength(1);
    expect((await desk.steps.history(orderId)).slice(3)).toEqual([
      'DISCREPANCY_FOUND',
      'DISCREPANCY_RESOLVED',
    ]);
    const by =
      'SELECT refund_by AS claimed, resolved_by AS by FROM payment_discrepancies WHERE gateway_payment_id = $1';
    const reconciliation = { claimed: 'reconciliation', by: 'reconciliation' };
    expect(await desk.steps.select(by, [second])).toEqual([reconciliation]);
  });

  test.each(['before the refund', 'after it'])(
    'is returned once where the relay is killed %s',
    async (when) => {
      const { second } = await doublePayment();
      await desk.reconcile();
      const gateway = desk.steps.gatewayWith({
        refund: async (payment, key) => {
          if (when === 'after it') await desk.steps.gateway.refund(payment, key);
          throw new Error('killed');
        },
      });
      await expect(desk.reconcile(desk.sweep({ gateway }))).rejects.toThrow('killed');
      expect(await desk.kinds(second)).toEqual(LISTED);
      await desk.reconcile();
      expect(await desk.kinds(second)).toEqual(RETURNED);
      expect((await desk.stripe.refunds.list({ payment_intent: second })).data).toHaveLength(1);
    },
  );

  test('is left to an operator with RECONCILE_RETURN_DOUBLE_PAYMENTS=false', async () => {
    const { second } = await doublePayment();
    await reconcileTwice(desk.sweep({ settings: { returnDoublePayments: false } }));
    expect([await desk.kinds(second), await desk.held(second)]).toEqual([LISTED, TOTAL]);
    await reconcileTwice();
  });

  test.each([
    ['was returned in part', 'refunds', { amount: 80 }],
    ['is disputed', 'disputes', {}],
  ])('is left to an operator where the first one %s', async (_why, path, body) => {
    const { first, second } = await doublePayment();
    await desk.outside(path, { paymentIntent: first, ...body });
    await reconcileTwice();
    expect([await desk.kinds(second), await desk.held(second)]).toEqual([LISTED, TOTAL]);
  });

  test('is left to an operator where the order is not confirmed', async () => {
    const { orderId, second } = await doublePayment();
    await desk.steps.cancel(orderId);
    await reconcileTwice();
    expect([await desk.kinds(second), await desk.held(second)]).toEqual([LISTED, TOTAL]);
  });
});
