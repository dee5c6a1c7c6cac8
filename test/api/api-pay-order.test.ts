import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PayOrderInput, PayOrderMutation } from '../generated/graphql.js';
import type { ApiClient } from '../support/api-client.js';
import { PayOrderDocument } from '../support/payment-documents.js';
import { Desk } from './desk.js';
import { create } from './orders-support.js';

const DECLINED = 'pm_card_chargeDeclined';
const NOT_FOUND = {
  __typename: 'OrderNotFound',
  code: 'ORDER_NOT_FOUND',
  message: 'There is no such order.',
};
const KEY_REUSED = {
  __typename: 'IdempotencyKeyReused',
  code: 'IDEMPOTENCY_KEY_REUSED',
  message: 'This idempotency key belongs to another payment. Use a new key to pay again.',
};
const notPayable = (status: string) => ({
  __typename: 'OrderNotPayable',
  code: 'ORDER_NOT_PAYABLE',
  message: 'The payment of this order has not failed, or it is too late to pay it again.',
  status,
});

describe('payOrder', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterAll(() => desk.close());

  const input = (orderId: string, overrides: Partial<PayOrderInput> = {}): PayOrderInput => ({
    orderId,
    idempotencyKey: randomUUID(),
    paymentMethod: 'pm_card_visa',
    ...overrides,
  });

  async function pay(client: ApiClient, call: PayOrderInput): Promise<PayOrderMutation['payOrder']> {
    return (await client.data(PayOrderDocument, { input: call })).payOrder;
  }

  const accepted = (id: string, status: string, replayed = false) => ({
    __typename: 'PayOrderSuccess',
    replayed,
    order: expect.objectContaining({ id, status, failure: null }) as unknown,
  });

  /** What a call must not change. */
  async function unchanged(id: string, call: () => Promise<void>): Promise<void> {
    const before = await desk.stored(id);
    await call();
    expect(await desk.stored(id)).toEqual(before);
  }

  test('makes a failed order PENDING again, and CONFIRMED by one capture of its total', async () => {
    const id = await desk.failed();
    expect(await pay(desk.alice, input(id))).toEqual(accepted(id, 'PENDING'));
    await desk.steps.chargeToEnd(id);
    expect(await desk.steps.status(id)).toBe('CONFIRMED');
    expect(await desk.steps.sandbox.order(id)).toMatchObject({ captures: 1, captured: 1_980 });
  });

  test('repeated with the same key, answers with the order as it is now and changes nothing', async () => {
    const id = await desk.failed();
    const call = input(id);
    await pay(desk.alice, call);
    await unchanged(id, async () => {
      expect(await pay(desk.alice, call)).toEqual(accepted(id, 'PENDING', true));
    });
    await desk.steps.chargeToEnd(id);
    await unchanged(id, async () => {
      expect(await pay(desk.alice, call)).toEqual(accepted(id, 'CONFIRMED', true));
    });
    expect(await desk.steps.captures(id)).toBe(1);
  });

  test('repeated after the payment has failed once more, replays and does not pay again', async () => {
    const id = await desk.failed();
    const call = input(id, { paymentMethod: DECLINED });
    await pay(desk.alice, call);
    await desk.steps.chargeToEnd(id);
    await unchanged(id, async () => {
      expect(await pay(desk.alice, call)).toMatchObject({
        replayed: true,
        order: { status: 'PAYMENT_FAILED', failure: { code: 'card_declined' } },
      });
    });
  });

  test('refuses a key that was used with another payment method or for another order', async () => {
    const [id, other] = [await desk.failed(), await desk.failed()];
    const call = input(id);
    await pay(desk.alice, call);
    await unchanged(other, async () => {
      expect(await pay(desk.alice, { ...call, paymentMethod: 'pm_card_mastercard' })).toEqual(KEY_REUSED);
      expect(await pay(desk.alice, { ...call, orderId: other })).toEqual(KEY_REUSED);
    });
  });

  test('keeps its keys apart from those of createOrder and of other callers', async () => {
    const idempotencyKey = randomUUID();
    const { order } = await create(desk.alice, { paymentMethod: DECLINED, idempotencyKey });
    await desk.steps.chargeToEnd(order.id);
    expect(await pay(desk.alice, input(order.id, { idempotencyKey }))).toEqual(accepted(order.id, 'PENDING'));
    const another = await desk.failed();
    expect(await pay(desk.olga, input(another, { idempotencyKey }))).toEqual(accepted(another, 'PENDING'));
  });

  test.each([
    ['pending', 'PENDING'],
    ['processing', 'PAYMENT_PROCESSING'],
    ['waiting', 'REQUIRES_ACTION'],
    ['confirmed', 'CONFIRMED'],
    ['cancelling', 'CANCELLING'],
    ['cancelled', 'CANCELLED'],
  ] as const)('refuses an order that is %s, and leaves the key free', async (state, status) => {
    const id = await desk[state]();
    const call = input(id);
    await unchanged(id, async () => {
      expect(await pay(desk.alice, call)).toEqual(notPayable(status));
      expect(await pay(desk.olga, call)).toEqual(notPayable(status));
    });
    const failed = await desk.failed();
    expect(await pay(desk.alice, { ...call, orderId: failed })).toEqual(accepted(failed, 'PENDING'));
  });

  test('refuses an order that was created longer ago than ORDER_PAYABLE_MS', async () => {
    const id = await desk.failed();
    await desk.steps.select(`UPDATE orders SET created_at = now() - interval '24 hours' WHERE id = $1`, [id]);
    await unchanged(id, async () => {
      expect(await pay(desk.alice, input(id))).toEqual(notPayable('PAYMENT_FAILED'));
    });
  });

  test("finds neither another customer's order nor one that does not exist, and tells them not apart", async () => {
    const id = await desk.failed();
    const call = input(id);
    await unchanged(id, async () => {
      expect(await pay(desk.bob, call)).toEqual(NOT_FOUND);
      expect(await pay(desk.bob, input(randomUUID()))).toEqual(NOT_FOUND);
      expect(await pay(desk.bob, input('no UUID'))).toEqual(NOT_FOUND);
    });
    expect(await pay(desk.alice, call)).toEqual(accepted(id, 'PENDING'));
    // Nor does the owner's call tell another customer with the same key anything.
    expect(await pay(desk.bob, call)).toEqual(NOT_FOUND);
  });

  test("lets an operator pay any order again, and names the operator as the event's actor", async () => {
    const id = await desk.failed();
    expect(await pay(desk.olga, input(id))).toEqual(accepted(id, 'PENDING'));
    const [event] = await desk.steps.select(
      `SELECT actor, detail FROM order_events WHERE order_id = $1 AND type = 'PAYMENT_REQUESTED'`,
      [id],
    );
    expect(event).toEqual({
      actor: 'operator:olga',
      detail: 'The order is paid again, with another payment method.',
    });
    const audit = 'SELECT actor, action, reason, detail FROM audit_log WHERE target = $1';
    expect(await desk.steps.select(audit, [id])).toEqual([
      {
        actor: 'olga',
        action: 'payOrder',
        reason: null,
        detail: 'The order went from PAYMENT_FAILED to PENDING, to be paid again.',
      },
    ]);
  });
});
