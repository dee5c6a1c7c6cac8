import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CancelOrderDocument, OrderDocument } from '../support/documents.js';
import { waitFor } from '../support/wait-for.js';
import { Desk } from './desk.js';
import { refusal } from './orders-support.js';

const NOT_FOUND = {
  __typename: 'OrderNotFound',
  code: 'ORDER_NOT_FOUND',
  message: 'There is no such order.',
};
const REASON_MESSAGE = 'must be 1 to 500 printable characters';

describe('cancelOrder', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterAll(() => desk.close());

  const accepted = (id: string, status: string) => ({
    __typename: 'CancelOrderSuccess',
    order: expect.objectContaining({ id, status, failure: null }) as unknown,
  });

  async function newestEvent(id: string) {
    return (await desk.alice.data(OrderDocument, { id })).order?.events.at(-1);
  }

  test('takes PENDING to CANCELLED at once, and the order is never charged', async () => {
    const id = await desk.pending();
    expect(await desk.cancel(desk.alice, id, 'Found it cheaper.')).toEqual(accepted(id, 'CANCELLED'));
    expect(await newestEvent(id)).toMatchObject({
      version: 2,
      type: 'ORDER_CANCELLED',
      previousStatus: 'PENDING',
      status: 'CANCELLED',
      detail: 'Found it cheaper.',
    });
    await desk.steps.chargeToEnd(id);
    expect(await desk.steps.captures(id)).toBe(0);
    expect(await desk.steps.history(id)).toEqual(['ORDER_CREATED', 'ORDER_CANCELLED']);
  });

  test('takes PAYMENT_PROCESSING to CANCELLING, and to CANCELLED when nothing is owed', async () => {
    const id = await desk.processing();
    expect(await desk.cancel(desk.alice, id)).toEqual(accepted(id, 'CANCELLING'));
    expect(await newestEvent(id)).toMatchObject({
      type: 'CANCELLATION_REQUESTED',
      previousStatus: 'PAYMENT_PROCESSING',
      status: 'CANCELLING',
      detail: expect.any(String) as unknown,
    });
    await desk.steps.refundToEnd(id);
    expect(await desk.steps.status(id)).toBe('CANCELLED');
    expect(await desk.steps.captures(id)).toBe(0);
  });

  test('takes CONFIRMED to CANCELLING, and to CANCELLED when the money is back', async () => {
    const id = await desk.confirmed();
    expect(await desk.cancel(desk.alice, id, null)).toEqual(accepted(id, 'CANCELLING'));
    await desk.steps.refundToEnd(id);
    expect(await desk.steps.history(id)).toEqual([
      'ORDER_CREATED',
      'PAYMENT_STARTED',
      'PAYMENT_SUCCEEDED',
      'CANCELLATION_REQUESTED',
      'REFUND_SUCCEEDED',
      'ORDER_CANCELLED',
    ]);
    expect(await desk.steps.sandbox.order(id)).toMatchObject({
      captured: 1_980,
      refunded: 1_980,
      refunds: 1,
    });
  });

  test.each(['pending', 'processing', 'confirmed'] as const)(
    'repeated for an order that was %s, returns its current state and changes nothing',
    async (state) => {
      const id = await desk[state]();
      const first = await desk.cancel(desk.alice, id, 'Once.');
      const stored = await desk.stored(id);
      for (const client of [desk.alice, desk.olga]) {
        expect(await desk.cancel(client, id, 'Twice.')).toEqual(first);
      }
      expect(await desk.stored(id)).toEqual(stored);
    },
  );

  test.each([
    ['cancelling', 'CANCELLING'],
    ['cancelled', 'CANCELLED'],
  ] as const)('accepts an order that is already %s and changes nothing', async (state, status) => {
    const id = await desk[state]();
    const stored = await desk.stored(id);
    expect(await desk.cancel(desk.alice, id)).toEqual(accepted(id, status));
    expect(await desk.stored(id)).toEqual(stored);
  });

  test('refuses an order whose payment failed, every time', async () => {
    const id = await desk.failed();
    const stored = await desk.stored(id);
    for (const client of [desk.alice, desk.olga, desk.alice]) {
      expect(await desk.cancel(client, id)).toEqual({
        __typename: 'OrderNotCancellable',
        code: 'ORDER_NOT_CANCELLABLE',
        message: 'The payment has failed, so there is nothing to cancel.',
        status: 'PAYMENT_FAILED',
      });
    }
    expect(await desk.stored(id)).toEqual(stored);
  });

  test.each(['pending', 'confirmed', 'failed'] as const)(
    "returns OrderNotFound to another customer for an order that is %s, and doesn't change it",
    async (state) => {
      const id = await desk[state]();
      const stored = await desk.stored(id);
      expect(await desk.cancel(desk.bob, id)).toEqual(NOT_FOUND);
      expect(await desk.cancel(desk.bob, randomUUID())).toEqual(NOT_FOUND);
      expect(await desk.stored(id)).toEqual(stored);
    },
  );

  test('lets an operator cancel any order', async () => {
    const [pending, confirmed] = [await desk.pending(), await desk.confirmed()];
    expect(await desk.cancel(desk.olga, pending)).toEqual(accepted(pending, 'CANCELLED'));
    expect(await desk.cancel(desk.olga, confirmed)).toEqual(accepted(confirmed, 'CANCELLING'));
    expect(await desk.cancel(desk.olga, randomUUID())).toEqual(NOT_FOUND);
  });

  test.each(['', 'x', '0', 'a\0b', "' OR 1=1 --", 'ü'.repeat(40)])('finds no order %j', async (orderId) => {
    expect(await desk.cancel(desk.alice, orderId)).toEqual(NOT_FOUND);
  });

  test('refuses a call without a token', async () => {
    const query = CancelOrderDocument.toString();
    const response = await fetch(`${desk.api.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { input: { orderId: randomUUID() } } }),
    });
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  test.each<[string, string, string]>([
    ['of 501 characters', 'x'.repeat(501), REASON_MESSAGE],
    ['with a tab', 'one\ttwo', REASON_MESSAGE],
    ['with a lone carriage return', 'one\rtwo', REASON_MESSAGE],
    ['that holds a card number in two lines', '4242 4242\n4242 4242', 'must not be a card number'],
    ['with a NUL', 'a\0b', REASON_MESSAGE],
    ['with an invisible character', 'a\u202eb', REASON_MESSAGE],
    ['that holds a card number', 'My card 4242 4242 4242 4242 was stolen', 'must not be a card number'],
  ])('refuses a reason %s', async (_, reason, message) => {
    const id = await desk.pending();
    const stored = await desk.stored(id);
    const answer = await desk.alice.execute(CancelOrderDocument, { input: { orderId: id, reason } });
    expect(refusal(answer)).toEqual({ code: 'BAD_USER_INPUT', violations: [{ field: 'reason', message }] });
    expect(answer.data ?? null).toBeNull();
    expect(JSON.stringify(answer)).not.toContain('4242');
    expect(await desk.stored(id)).toEqual(stored);
  });

  test.each(['', ' ', '\r\n'])('treats the blank reason %j as none', async (reason) => {
    const [blank, none] = [await desk.pending(), await desk.pending()];
    expect(await desk.cancel(desk.alice, blank, reason)).toEqual(accepted(blank, 'CANCELLED'));
    await desk.alice.data(CancelOrderDocument, { input: { orderId: none, reason: null } });
    expect((await newestEvent(blank))?.detail).toBe((await newestEvent(none))?.detail);
  });

  test.each([
    ['several lines, with normalized line endings', 'Too late.\r\n\r\nSorry!\n', 'Too late.\n\nSorry!\n'],
    ['zero-width non-joiners in Persian', 'می\u200cخواهم', 'می\u200cخواهم'],
    ['emoji joined by zero-width joiners', '👨\u200d👩\u200d👧', '👨\u200d👩\u200d👧'],
    ['an EAN', '4006381333931', '4006381333931'],
  ])('keeps a reason of %s', async (_, reason, detail) => {
    const id = await desk.pending();
    await desk.cancel(desk.alice, id, reason);
    expect(await newestEvent(id)).toMatchObject({ detail });
  });

  test('accepts a reason of 500 characters in any language', async () => {
    const id = await desk.pending();
    const reason = `Größe passt nicht, 寸法が違う 😀 ${'x'.repeat(500)}`.slice(0, 500);
    await desk.cancel(desk.alice, id, reason);
    expect((await newestEvent(id))?.detail).toBe(reason);
  });

  test('discards an open CHARGE dead letter of the order', async () => {
    const id = await desk.deadCharge();
    expect(await desk.deadLetterOf(id)).toMatchObject({ state: 'OPEN', task: 'CHARGE' });
    expect(await desk.cancel(desk.alice, id)).toEqual(accepted(id, 'CANCELLING'));
    expect(await desk.deadLetterOf(id)).toMatchObject({
      state: 'DISCARDED',
      task: 'CHARGE',
      reason: 'The order was cancelled.',
      resolvedBy: 'alice',
      resolvedAt: expect.any(String) as unknown,
    });
    await desk.steps.refundToEnd(id);
    expect(await desk.steps.status(id)).toBe('CANCELLED');
    expect(await desk.steps.captures(id)).toBe(0);
  });

  test('discards an open dead letter of a PENDING order, too', async () => {
    const id = await desk.deadBeforeCharge();
    expect(await desk.cancel(desk.olga, id)).toEqual(accepted(id, 'CANCELLED'));
    expect(await desk.deadLetterOf(id)).toMatchObject({ state: 'DISCARDED', resolvedBy: 'olga' });
  });

  test('leaves an open REFUND dead letter open, since the money is still owed', async () => {
    const id = await desk.deadRefund();
    const stored = await desk.stored(id);
    expect(await desk.cancel(desk.alice, id)).toEqual(accepted(id, 'CANCELLING'));
    expect(await desk.stored(id)).toEqual(stored);
  });

  test('completes the subscriptions to the order after its last event', async () => {
    const id = await desk.confirmed();
    const watch = desk.alice.watch(id, 0);
    await waitFor('three events', () => watch.events.length === 3);
    await desk.cancel(desk.alice, id);
    await watch.untilStatus('CANCELLING');
    await desk.steps.refundToEnd(id);
    expect(await watch.untilEnded()).toEqual({});
    expect(watch.events.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('fault 28: concurrent calls by the customer and an operator cancel the order once', async () => {
    const id = await desk.confirmed();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => desk.cancel(index % 2 === 0 ? desk.alice : desk.olga, id)),
    );
    for (const answer of answers) expect(answer).toEqual(accepted(id, 'CANCELLING'));
    await Promise.all([desk.steps.refundToEnd(id), desk.steps.refundToEnd(id)]);
    const history = await desk.steps.history(id);
    expect(history.filter((type) => type === 'CANCELLATION_REQUESTED')).toHaveLength(1);
    expect(await desk.steps.status(id)).toBe('CANCELLED');
    expect(await desk.steps.sandbox.order(id)).toMatchObject({ captures: 1, refunds: 1, refunded: 1_980 });
  });
});
