import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OrderDocument } from '../support/documents.js';
import { DiscardDeadLetterDocument } from '../support/operator-documents.js';
import { waitFor } from '../support/wait-for.js';
import { Desk } from './desk.js';
import { refusal } from './orders-support.js';

const REASON = 'The customer was called.';
const HELD =
  'The payment gateway holds money for this order. Retry the dead letter, or cancel the order to return the money.';
const UNANSWERED = "The payment gateway can't confirm right now that no money is held. Try again later.";

describe('discardDeadLetter', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterAll(() => desk.close());

  const notDiscardable = (message: string) => ({
    __typename: 'DeadLetterNotDiscardable',
    code: 'DEAD_LETTER_NOT_DISCARDABLE',
    message,
  });

  /** Discards the order's dead letter. */
  const discard = async (orderId: string, reason = REASON) =>
    desk.discard((await desk.deadLetterOf(orderId)).id, reason);

  async function expectRefused(orderId: string, message: string): Promise<void> {
    const stored = await desk.stored(orderId);
    expect(await discard(orderId)).toEqual(notDiscardable(message));
    expect(await desk.stored(orderId)).toEqual(stored);
  }

  async function expectDiscarded(orderId: string, status: 'PAYMENT_FAILED' | 'CANCELLED'): Promise<void> {
    const letter = await desk.deadLetterOf(orderId);
    expect(await discard(orderId)).toEqual({
      __typename: 'DeadLetterSuccess',
      deadLetter: {
        ...letter,
        order: { id: orderId, status, version: letter.order.version + 1 },
        state: 'DISCARDED',
        resolvedAt: expect.any(String) as unknown,
        resolvedBy: 'olga',
        reason: REASON,
      },
    });
    const { order } = await desk.alice.data(OrderDocument, { id: orderId });
    const failure = { code: 'given_up', message: 'The payment was given up; no money was taken.' };
    // The customer doesn't see the operator's reason.
    const detail = status === 'PAYMENT_FAILED' ? failure.message : 'The order is cancelled; nothing is owed.';
    expect(order?.events.at(-1)).toMatchObject({ type: 'DEAD_LETTER_DISCARDED', status, detail });
    const written = 'SELECT actor, note FROM order_events WHERE order_id = $1 ORDER BY version DESC LIMIT 1';
    expect(await desk.steps.select(written, [orderId])).toEqual([{ actor: 'operator:olga', note: REASON }]);
    expect(order?.failure).toEqual(status === 'PAYMENT_FAILED' ? failure : null);
    const { captured = 0, refunded = 0 } = (await desk.steps.sandbox.order(orderId)) ?? {};
    expect(captured - refunded).toBe(0);
  }

  test.each<[string, () => Promise<string>]>([
    ['that never began', () => desk.deadBeforeCharge()],
    ['whose payment could not be prepared', () => desk.deadCharge('payment_intents.create')],
    ['whose payment was prepared', () => desk.deadCharge()],
  ])('discards a charge %s, and the order is final', async (_, dead) => {
    const id = await dead();
    await expectDiscarded(id, 'PAYMENT_FAILED');
    const stored = await desk.stored(id);
    expect(await discard(id)).toEqual({
      __typename: 'DeadLetterNotOpen',
      code: 'DEAD_LETTER_NOT_OPEN',
      message: 'The dead letter is DISCARDED already.',
      state: 'DISCARDED',
    });
    const { id: letterId } = await desk.deadLetterOf(id);
    expect(await desk.retry(letterId)).toMatchObject({ __typename: 'DeadLetterNotOpen', state: 'DISCARDED' });
    await desk.steps.chargeToEnd(id);
    expect(await desk.stored(id)).toEqual(stored);
    expect(await desk.steps.captures(id)).toBe(0);
  });

  test('is refused every time while the gateway holds money, and changes nothing', async () => {
    const id = await desk.deadChargeWithMoney();
    for (let time = 1; time <= 2; time += 1) await expectRefused(id, HELD);
    expect(await desk.steps.sandbox.order(id)).toMatchObject({ captured: 1_980, refunded: 0 });
    // As the message says, a retry finds that the order is paid.
    await desk.retry((await desk.deadLetterOf(id)).id);
    await desk.steps.chargeToEnd(id);
    expect(await desk.steps.status(id)).toBe('CONFIRMED');
  });

  test("is refused while a cancelled order's money is not returned yet", async () => {
    const id = await desk.deadRefund();
    await expectRefused(id, HELD);
    await desk.retry((await desk.deadLetterOf(id)).id);
    await desk.steps.refundToEnd(id);
    expect(await desk.steps.status(id)).toBe('CANCELLED');
  });

  test('takes CANCELLING to CANCELLED where the payment never succeeded', async () => {
    const id = await desk.processing();
    await desk.cancel(desk.alice, id);
    await desk.during({ kind: 'http_500', endpoint: 'payment_intents.cancel' }, () =>
      desk.steps.refundToEnd(id),
    );
    expect(await desk.deadLetterOf(id)).toMatchObject({ task: 'REFUND', state: 'OPEN' });
    await expectDiscarded(id, 'CANCELLED');
  });

  test('takes CANCELLING to CANCELLED where the refund succeeded but its answer was lost', async () => {
    const id = await desk.cancelling();
    await desk.during({ kind: 'charged_then_timeout', endpoint: 'refunds.create', count: 1 }, () =>
      desk.steps.refundOrder().run(id),
    );
    await desk.during({ kind: 'http_500', endpoint: 'refunds.list' }, () => desk.steps.refundToEnd(id));
    await expectDiscarded(id, 'CANCELLED');
    expect(await desk.steps.sandbox.order(id)).toMatchObject({ captures: 1, refunds: 1 });
  });

  test('is refused while a payment before the customer paid again holds money', async () => {
    const id = await desk.deadRefund();
    // As after a commit was lost: the order has no payment of its own.
    await desk.steps.select(
      `UPDATE payments SET previous_payment_intent_id = payment_intent_id, payment_intent_id = NULL WHERE order_id = $1`,
      [id],
    );
    await expectRefused(id, HELD);
    await desk.retry((await desk.deadLetterOf(id)).id);
    await desk.steps.refundToEnd(id);
    expect(await desk.steps.status(id)).toBe('CANCELLED');
    expect(await desk.steps.sandbox.order(id)).toMatchObject({ captures: 1, refunds: 1 });
  });

  test('takes CANCELLING to CANCELLED where there is no PaymentIntent', async () => {
    const id = await desk.pending();
    await desk.during({ kind: 'http_429', endpoint: 'payment_intents.create' }, () =>
      desk.steps.chargeOrder().run(id),
    );
    await desk.cancel(desk.alice, id);
    await desk.quarantine(id);
    await expectDiscarded(id, 'CANCELLED');
  });

  test.each<[string, object]>([
    ['is out', { kind: 'outage' }],
    ['answers 500', { kind: 'http_500' }],
    ['answers 429', { kind: 'http_429' }],
    ['does not answer', { kind: 'latency', latencyMs: 2_000 }],
  ])('is refused while the gateway %s, and changes nothing', async (_, fault) => {
    const orders = [
      await desk.deadCharge(),
      await desk.deadCharge('payment_intents.create'),
      await desk.deadRefund(),
    ];
    await desk.during(fault, async () => {
      for (const id of orders) await expectRefused(id, UNANSWERED);
    });
    // The gateway may still be busy with calls that have timed out here.
    for (const id of orders.slice(0, 2)) {
      await waitFor('the discard', async () => (await discard(id)).__typename === 'DeadLetterSuccess');
      expect(await desk.steps.status(id)).toBe('PAYMENT_FAILED');
      expect(await desk.steps.captures(id)).toBe(0);
    }
  });

  test('is refused in time where the gateway is slower than an operator can wait', async () => {
    const patient = await desk.steps.system.start({ ROLE: 'api', PAYMENT_TIMEOUT_MS: '60000' });
    const id = await desk.deadCharge();
    const { id: letterId } = await desk.deadLetterOf(id);
    await desk.during({ kind: 'latency', latencyMs: 20_000 }, async () => {
      const startedAt = performance.now();
      const answer = await fetch(`${patient.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${await desk.steps.system.token('olga', { roles: ['operator'] })}`,
        },
        body: JSON.stringify({
          query: DiscardDeadLetterDocument.toString(),
          variables: { id: letterId, reason: REASON },
        }),
      });
      expect(await answer.json()).toEqual({ data: { discardDeadLetter: notDiscardable(UNANSWERED) } });
      expect(performance.now() - startedAt).toBeLessThan(7_000);
    });
    expect(await desk.deadLetterOf(id)).toMatchObject({ state: 'OPEN' });
  });

  test.each<[string, string, string]>([
    ['empty', '', 'must be 1 to 500 printable characters'],
    ['of 501 characters', 'x'.repeat(501), 'must be 1 to 500 printable characters'],
    ['of nothing but spaces', ' \n ', 'must be 1 to 500 printable characters'],
    ['with a tab', 'one\ttwo', 'must be 1 to 500 printable characters'],
    ['that holds a card number', '4242 4242 4242 4242', 'must not be a card number'],
  ])('is refused with a reason %s', async (_, reason, message) => {
    const id = await desk.deadBeforeCharge();
    const { id: letterId } = await desk.deadLetterOf(id);
    const answer = await desk.olga.execute(DiscardDeadLetterDocument, { id: letterId, reason });
    expect(refusal(answer)).toEqual({ code: 'BAD_USER_INPUT', violations: [{ field: 'reason', message }] });
    expect(await desk.deadLetterOf(id)).toMatchObject({ state: 'OPEN' });
  });

  test('concurrent with retryDeadLetter: exactly one of the calls succeeds', async () => {
    for (let round = 0; round < 5; round += 1) {
      const id = await desk.deadCharge();
      const letter = await desk.deadLetterOf(id);
      const answers = await Promise.all([discard(id), desk.retry(letter.id), discard(id)]);
      const done = answers.filter(({ __typename }) => __typename === 'DeadLetterSuccess');
      expect(done).toHaveLength(1);
      await desk.steps.chargeToEnd(id);
      // A retry that came first may find its payment cancelled by the discard check: then it is declined.
      expect(await desk.steps.status(id)).toMatch(/^(PAYMENT_FAILED|CONFIRMED)$/);
      const confirmed = (await desk.steps.status(id)) === 'CONFIRMED';
      expect(await desk.steps.captures(id)).toBe(confirmed ? 1 : 0);
    }
  });
});
