import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { SettleDeadLetterOutsideMutation } from '../generated/graphql.js';
import type { ApiClient } from '../support/api-client.js';
import { OrderDocument } from '../support/documents.js';
import { AuditLogDocument, SettleDeadLetterOutsideDocument } from '../support/operator-documents.js';
import { Desk } from './desk.js';
import { refusal } from './orders-support.js';

const REASON = 'The dispute was lost; the bank has returned the money.';

describe('settleDeadLetterOutside', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterAll(async () => {
    await desk.close();
  });

  async function settle(
    letterId: string,
    client: ApiClient = desk.olga,
  ): Promise<SettleDeadLetterOutsideMutation['settleDeadLetterOutside']> {
    const variables = { id: letterId, reason: REASON };
    return (await client.data(SettleDeadLetterOutsideDocument, variables)).settleDeadLetterOutside;
  }

  test('takes an order whose refund cannot be made to CANCELLED, and stores the operator and the reason', async () => {
    const id = await desk.deadRefund();
    const letter = await desk.deadLetterOf(id);
    const settled = await settle(letter.id);
    expect(settled).toMatchObject({
      __typename: 'DeadLetterSuccess',
      deadLetter: {
        id: letter.id,
        task: 'REFUND',
        state: 'DISCARDED',
        resolvedBy: 'olga',
        reason: REASON,
        order: { id, status: 'CANCELLED' },
      },
    });
    const { order } = await desk.alice.data(OrderDocument, { id });
    expect(order?.events.at(-1)).toMatchObject({
      type: 'SETTLED_OUTSIDE',
      status: 'CANCELLED',
      previousStatus: 'CANCELLING',
      detail: 'The shop has settled what was owed by another way.',
    });
    const written = 'SELECT actor, note FROM order_events WHERE order_id = $1 ORDER BY version DESC LIMIT 1';
    expect(await desk.steps.select(written, [id])).toEqual([{ actor: 'operator:olga', note: REASON }]);
    const { auditLog } = await desk.olga.data(AuditLogDocument, { first: 1 });
    expect(auditLog.edges[0]?.node).toMatchObject({
      actor: 'olga',
      action: 'settleDeadLetterOutside',
      target: letter.id,
      reason: REASON,
      detail: `Order ${id} went from CANCELLING to CANCELLED.`,
    });
    // No worker refunds it as well.
    await desk.steps.refundToEnd(id);
    expect(await desk.steps.sandbox.order(id)).toMatchObject({ captured: 1_980, refunded: 0 });
  });

  test('repeated, answers DeadLetterNotOpen and changes nothing', async () => {
    const id = await desk.deadRefund();
    const letter = await desk.deadLetterOf(id);
    await settle(letter.id);
    const stored = await desk.stored(id);
    expect(await settle(letter.id)).toEqual({
      __typename: 'DeadLetterNotOpen',
      code: 'DEAD_LETTER_NOT_OPEN',
      message: 'The dead letter is DISCARDED already.',
      state: 'DISCARDED',
    });
    expect(await desk.stored(id)).toEqual(stored);
  });

  test('is refused for a charge', async () => {
    const id = await desk.deadCharge();
    const stored = await desk.stored(id);
    expect(await settle((await desk.deadLetterOf(id)).id)).toEqual({
      __typename: 'DeadLetterNotSettleable',
      code: 'DEAD_LETTER_NOT_SETTLEABLE',
      message:
        'Only the return of money can be settled outside. Cancel the order first, or discard the dead letter.',
    });
    expect(await desk.stored(id)).toEqual(stored);
  });

  test.each([randomUUID(), 'no-id'])('returns DeadLetterNotFound for the id %s', async (id) => {
    expect(await settle(id)).toMatchObject({
      __typename: 'DeadLetterNotFound',
      code: 'DEAD_LETTER_NOT_FOUND',
    });
  });

  test('is forbidden to customers, and requires a reason', async () => {
    const id = await desk.deadRefund();
    const letter = await desk.deadLetterOf(id);
    const stored = await desk.stored(id);
    const variables = { id: letter.id, reason: REASON };
    const forbidden = await desk.alice.execute(SettleDeadLetterOutsideDocument, variables);
    expect(refusal(forbidden).code).toBe('FORBIDDEN');
    const empty = await desk.olga.execute(SettleDeadLetterOutsideDocument, { ...variables, reason: '' });
    expect(refusal(empty)).toMatchObject({ code: 'BAD_USER_INPUT', violations: [{ field: 'reason' }] });
    expect(await desk.stored(id)).toEqual(stored);
  });
});

describe('discardDeadLetter after a refused charge', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterAll(async () => {
    await desk.close();
  });

  async function refusedCharge(): Promise<string> {
    const id = await desk.pending('pm_card_nobody_knows');
    await desk.during({ kind: 'http_500', endpoint: 'payment_intents.create' }, () =>
      desk.steps.chargeToEnd(id),
    );
    return id;
  }

  test('discards a charge that the gateway refused', async () => {
    const id = await refusedCharge();
    const answer = await desk.discard((await desk.deadLetterOf(id)).id);
    expect(answer).toMatchObject({
      __typename: 'DeadLetterSuccess',
      deadLetter: { state: 'DISCARDED', order: { status: 'PAYMENT_FAILED' } },
    });
  });

  test('discards a charge that the gateway refused, even while the gateway is down', async () => {
    const id = await refusedCharge();
    await desk.steps.select('UPDATE payments SET closed = true WHERE order_id = $1', [id]);
    await desk.during({ kind: 'outage' }, async () => {
      expect(await desk.discard((await desk.deadLetterOf(id)).id)).toMatchObject({
        __typename: 'DeadLetterSuccess',
      });
    });
  });

  test('a retry charges an order whose charge was refused before', async () => {
    const id = await refusedCharge();
    await desk.steps.select('UPDATE payments SET closed = true WHERE order_id = $1', [id]);
    await desk.retry((await desk.deadLetterOf(id)).id);
    await desk.steps.select(`UPDATE orders SET payment_method = 'pm_card_visa' WHERE id = $1`, [id]);
    await desk.steps.chargeToEnd(id);
    expect(await desk.steps.status(id)).toBe('CONFIRMED');
  });
});
