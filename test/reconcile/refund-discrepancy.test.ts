import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { GatewayBooks } from '../../src/payments/gateway-books.js';
import { adoptPayment } from '../../src/payments/payment-intents.js';
import { auditEntry } from '../../src/audit/audit-entry.js';
import { RefundRefusedError } from '../../src/payments/reconcile/refund-discrepancy.js';
import { ReconcileDesk, TOTAL } from './reconcile-desk.js';

let desk: ReconcileDesk;

beforeAll(async () => {
  desk = await ReconcileDesk.open();
}, 60_000);

afterAll(async () => {
  await desk.close();
}, 60_000);

afterEach(async () => {
  await desk.steps.sandbox.clearFaults();
});

/** A payment without an order that holds money, and its open discrepancy. */
async function orphan(): Promise<{ id: string; paymentId: string }> {
  const paymentId = await desk.capture();
  await desk.reconcile();
  return { id: await desk.openId(paymentId), paymentId };
}

async function refundsOf(paymentId: string): Promise<number> {
  return (await desk.stripe.refunds.list({ payment_intent: paymentId })).data.length;
}

async function claimOf(id: string): Promise<object[]> {
  return desk.steps.select(
    `SELECT state, refund_by AS claimed, resolved_by AS by, reason FROM payment_discrepancies WHERE id = $1`,
    [id],
  );
}

const RETURNED = [{ state: 'RESOLVED', claimed: 'olga', by: 'olga', reason: 'not ours' }];
const CLAIMED = [{ state: 'OPEN', claimed: 'olga', by: null, reason: null }];
const UNCLAIMED = [{ state: 'OPEN', claimed: null, by: null, reason: null }];

describe('the payment of a discrepancy', () => {
  test('is returned once, with the writes of the decision, and then is not open any more', async () => {
    const { id, paymentId } = await orphan();
    const refund = desk.refundDiscrepancy();
    const audit = auditEntry({ actor: 'olga', action: 'act', target: id, reason: null, detail: 'Done.' });
    expect(await refund.run({ id }, 'olga', 'not ours', [audit])).toBe('returned');
    expect(await refund.run({ id }, 'olga', 'not ours', [audit])).toBe('not-open');
    expect(await claimOf(id)).toEqual(RETURNED);
    expect([await desk.held(paymentId), await refundsOf(paymentId)]).toEqual([0, 1]);
    expect(await desk.steps.select('SELECT detail FROM audit_log WHERE target = $1', [id])).toHaveLength(1);
  });

  test('is returned once where ten ask for it at once', async () => {
    const { id, paymentId } = await orphan();
    const refund = desk.refundDiscrepancy();
    const asked = Array.from({ length: 10 }, () => refund.run({ id }, 'olga', 'not ours'));
    const outcomes = await Promise.allSettled(asked);
    // All of them are the same act. Those whose key is in use at that moment are told to come again.
    expect(outcomes).toContainEqual({ status: 'fulfilled', value: 'returned' });
    expect(await claimOf(id)).toEqual(RETURNED);
    expect([await desk.held(paymentId), await refundsOf(paymentId)]).toEqual([0, 1]);
  });

  test('that another operator is returning is not open', async () => {
    const { id } = await orphan();
    const outage = { refund: () => Promise.reject(new Error('killed')) };
    const killed = desk.refundDiscrepancy({ gateway: desk.steps.gatewayWith(outage) });
    await expect(killed.run({ id }, 'olga', 'not ours')).rejects.toThrow('killed');
    expect(await desk.refundDiscrepancy().run({ id }, 'otto', 'mine')).toBe('not-open');
    expect(await claimOf(id)).toEqual(CLAIMED);
  });

  test('that an order takes over meanwhile is not returned', async () => {
    const paymentId = await desk.capture();
    const [row] = await desk.steps.select<{ id: string }>(
      `INSERT INTO payment_discrepancies (kind, gateway_payment_id, detail)
       VALUES ('DOUBLE_PAYMENT', $1, 'Listed.') RETURNING id::text AS id`,
      [paymentId],
    );
    const id = row?.id ?? '';
    const orderId = await desk.steps.placeOrder();
    const from = { status: 'PENDING', version: 1 } as const;
    await desk.steps.transitions.apply({ orderId, type: 'PAYMENT_STARTED', from, actor: 'worker' });
    const books = Object.assign(Object.create(desk.books) as GatewayBooks, {
      retrieve: async (payment: string) => {
        const read = await desk.books.retrieve(payment);
        const earlier = { orderId, paymentIntentId: paymentId, finishedRefundIds: [] };
        expect(await adoptPayment(desk.steps.database, earlier)).toBe(paymentId);
        return read;
      },
    });
    expect(await desk.refundDiscrepancy({ books }).run({ id }, 'olga', 'not ours')).toBe('not-open');
    expect(await desk.held(paymentId)).toBe(TOTAL);
    expect(await claimOf(id)).toEqual(UNCLAIMED);
  });

  test.each(['before the refund', 'after it'])(
    'is returned once by reconciliation where its process is killed %s',
    async (when) => {
      const { id, paymentId } = await orphan();
      const dying = {
        refund: async (payment: string, key: string) => {
          if (when === 'after it') await desk.steps.gateway.refund(payment, key);
          throw new Error('killed');
        },
      };
      const killed = desk.refundDiscrepancy({ gateway: desk.steps.gatewayWith(dying) });
      await expect(killed.run({ id }, 'olga', 'not ours')).rejects.toThrow('killed');
      expect(await claimOf(id)).toEqual(CLAIMED);
      await desk.reconcile();
      expect(await claimOf(id)).toEqual(RETURNED);
      expect([await desk.held(paymentId), await refundsOf(paymentId)]).toEqual([0, 1]);
    },
  );

  test('that holds no money any more is not claimed', async () => {
    const { id, paymentId } = await orphan();
    await desk.outside('refunds', { paymentIntent: paymentId });
    expect(await desk.refundDiscrepancy().run({ id }, 'olga', 'not ours')).toBe('nothing-held');
    expect(await claimOf(id)).toEqual(UNCLAIMED);
  });

  test('that the gateway refuses to return is open for another decision', async () => {
    const { id, paymentId } = await orphan();
    await desk.outside('disputes', { paymentIntent: paymentId });
    await expect(desk.refundDiscrepancy().run({ id }, 'olga', 'not ours')).rejects.toThrow(
      RefundRefusedError,
    );
    expect(await claimOf(id)).toEqual(UNCLAIMED);
    expect(await desk.held(paymentId)).toBe(TOTAL);
  });

  test('is returned under another key after the gateway has saved an error', async () => {
    const { id, paymentId } = await orphan();
    await desk.steps.sandbox.addFault({ kind: 'http_500', endpoint: 'refunds.create', count: 1 });
    const refund = desk.refundDiscrepancy();
    await expect(refund.run({ id }, 'olga', 'not ours')).rejects.toThrow('500');
    expect(await refund.run({ id }, 'olga', 'not ours')).toBe('returned');
    expect([await desk.held(paymentId), await refundsOf(paymentId)]).toEqual([0, 1]);
  });

  test('stays claimed while its refund is pending, and is closed by reconciliation when it has succeeded', async () => {
    const { id, paymentId } = await orphan();
    const pending = desk.steps.gatewayWith({ retrieveRefundStatus: async () => 'pending' });
    const waiting = desk.refundDiscrepancy({ gateway: pending });
    expect(await waiting.run({ id }, 'olga', 'not ours')).toBe('pending');
    await desk.reconcile(desk.sweep({ gateway: pending }));
    expect(await claimOf(id)).toEqual(CLAIMED);
    await desk.reconcile();
    expect(await claimOf(id)).toEqual(RETURNED);
    expect(await refundsOf(paymentId)).toBe(1);
  });

  test('whose refund failed after all is listed again, and returned again under another key', async () => {
    const { id, paymentId } = await orphan();
    const refund = desk.refundDiscrepancy();
    expect(await refund.run({ id }, 'olga', 'not ours')).toBe('returned');
    const { data } = await desk.stripe.refunds.list({ payment_intent: paymentId });
    await desk.outside(`refunds/${data[0]?.id ?? ''}/fail`);
    await desk.reconcile();
    expect(await desk.kinds(paymentId)).toEqual(['ORPHAN_PAYMENT RESOLVED', 'ORPHAN_PAYMENT OPEN']);
    const again = await desk.openId(paymentId);
    expect(await refund.run({ id: again }, 'olga', 'not ours')).toBe('returned');
    expect(await desk.held(paymentId)).toBe(0);
  });
});
