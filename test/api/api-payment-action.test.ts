import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { CompletePaymentActionDocument, OrderProgressDocument } from '../support/payment-documents.js';
import { Desk } from './desk.js';

const NOT_FOUND = {
  completePaymentAction: {
    __typename: 'OrderNotFound',
    code: 'ORDER_NOT_FOUND',
    message: 'There is no such order.',
  },
};

describe("a customer's payment action", () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterAll(() => desk.close());

  const actionSeenBy = async (client: ApiClient, id: string) =>
    (await client.data(OrderProgressDocument, { id })).order?.paymentAction;

  const complete = (client: ApiClient, orderId: string) =>
    client.data(CompletePaymentActionDocument, { orderId });

  const completed = (id: string, status: string) => ({
    completePaymentAction: { __typename: 'CompletePaymentActionSuccess', order: { id, status } },
  });

  async function answerBank(id: string, outcome: string): Promise<void> {
    const { status } = await desk.steps.sandbox.answerBank(await desk.paymentIntentId(id), outcome);
    expect(status).toBe(200);
  }

  const messages = (id: string) =>
    desk.steps.select('SELECT FROM outbox_messages WHERE order_id = $1 AND delivered_at IS NULL', [id]);

  test("is shown to the order's customer, with the payment's secret and the time limit", async () => {
    const id = await desk.waiting();
    const [stored] = await desk.steps.select<{ at: Date }>(
      'SELECT action_expires_at AS at FROM payments WHERE order_id = $1',
      [id],
    );
    expect(await actionSeenBy(desk.alice, id)).toEqual({
      clientSecret: expect.stringMatching(new RegExp(`^${await desk.paymentIntentId(id)}_secret_\\w+$`)),
      expiresAt: stored?.at.toISOString(),
    });
  });

  test('is null for operators, wherever they reach the order, and the order is null for other customers', async () => {
    const id = await desk.waiting();
    const aliceAsOperator = new ApiClient(
      desk.api.url,
      await desk.steps.system.token('alice', { roles: ['operator'] }),
    );
    for (const operator of [desk.olga, aliceAsOperator]) expect(await actionSeenBy(operator, id)).toBeNull();
    const query = `{ orders(first: 100) { edges { node { paymentAction { clientSecret }
      events { order { paymentAction { clientSecret } } } } } } }`;
    expect(JSON.stringify(await desk.alice.send({ query }))).toContain('_secret_');
    expect(JSON.stringify(await desk.olga.send({ query }))).not.toContain('_secret_');
    expect((await desk.bob.data(OrderProgressDocument, { id })).order).toBeNull();
  });

  test('is null in every other status, also after it was needed', async () => {
    const others = ['pending', 'processing', 'confirmed', 'failed', 'cancelling', 'cancelled'] as const;
    for (const state of others) expect(await actionSeenBy(desk.alice, await desk[state]())).toBeNull();
    const id = await desk.waiting();
    await answerBank(id, 'succeeded');
    await complete(desk.alice, id);
    await desk.steps.chargeToEnd(id);
    expect(await desk.steps.status(id)).toBe('CONFIRMED');
    expect(await actionSeenBy(desk.alice, id)).toBeNull();
  });

  test.each([
    ['succeeded', 'CONFIRMED', 1],
    ['failed', 'PAYMENT_FAILED', 0],
  ] as const)(
    'that %s is seen at once after completePaymentAction: %s',
    async (outcome, status, captures) => {
      const id = await desk.waiting();
      await answerBank(id, outcome);
      expect(await complete(desk.alice, id)).toEqual(completed(id, 'REQUIRES_ACTION'));
      await desk.steps.chargeToEnd(id);
      expect(await complete(desk.alice, id)).toEqual(completed(id, status));
      expect(await desk.steps.captures(id)).toBe(captures);
    },
  );

  test('is not believed: completePaymentAction without an answer of the bank changes no status', async () => {
    const id = await desk.waiting();
    for (let time = 0; time < 3; time += 1) {
      expect(await complete(desk.alice, id)).toEqual(completed(id, 'REQUIRES_ACTION'));
      await desk.steps.chargeToEnd(id);
    }
    expect(await desk.steps.history(id)).toEqual([
      'ORDER_CREATED',
      'PAYMENT_STARTED',
      'PAYMENT_ACTION_REQUIRED',
    ]);
    expect(await desk.steps.captures(id)).toBe(0);
  });

  test.each([
    ['pending', 'PENDING'],
    ['processing', 'PAYMENT_PROCESSING'],
    ['confirmed', 'CONFIRMED'],
    ['failed', 'PAYMENT_FAILED'],
    ['cancelling', 'CANCELLING'],
    ['cancelled', 'CANCELLED'],
  ] as const)('can be completed for an order that is %s, which changes nothing', async (state, status) => {
    const id = await desk[state]();
    const before = await desk.stored(id);
    expect(await complete(desk.alice, id)).toEqual(completed(id, status));
    expect(await desk.stored(id)).toEqual(before);
  });

  test("can be completed for no other customer's order, and for none that does not exist", async () => {
    const id = await desk.waiting();
    const before = await messages(id);
    for (const orderId of [id, randomUUID(), 'no UUID'])
      expect(await complete(desk.bob, orderId)).toEqual(NOT_FOUND);
    expect(await messages(id)).toEqual(before);
    expect(await complete(desk.olga, id)).toEqual(completed(id, 'REQUIRES_ACTION'));
  });
});
