import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newCart, RestorableSteps } from '../support/restorable-steps.js';

describe('fault 40: an order that PostgreSQL has lost, and its customer repeats, is paid once', () => {
  let system: RestorableSteps;

  beforeAll(async () => {
    system = await RestorableSteps.open();
    await system.takeCopy();
  });

  // Each test begins with the copy, in which there are no orders.
  beforeEach(() => system.restore());

  afterAll(() => system.close());

  /** The gateway has forgotten the keys. @returns both orders, and the payment of the lost one */
  async function paidLostAndRepeated(): Promise<{ lost: string; paid: string; id: string }> {
    const cart = newCart();
    const lost = await system.place(cart);
    await system.steps.chargeToEnd(lost);
    const paid = await system.paymentIdOf(lost);
    await system.restore({ keysForgotten: true });
    return { lost, paid, id: await system.place(cart) };
  }

  async function listOrphan(paymentId: string, refundBy: string | null = null): Promise<void> {
    await system.steps.select(
      `INSERT INTO payment_discrepancies (kind, gateway_payment_id, order_key, detail, refund_by)
       SELECT 'ORPHAN_PAYMENT', $1, encode(sha256(convert_to(customer_id || E'\\n' || idempotency_key, 'UTF8')), 'hex'),
         'Listed.', $2 FROM orders`,
      [paymentId, refundBy],
    );
  }

  test('within the life of the keys: the gateway reports the key, and the payment is adopted', async () => {
    const repeated = newCart();
    const lost = await system.place(repeated);
    await system.steps.chargeToEnd(lost);
    const paid = await system.paymentIdOf(lost);
    await system.restore();
    const id = await system.place(repeated);
    expect(id).not.toBe(lost);
    await system.steps.chargeToEnd(id);
    expect(await system.steps.status(id)).toBe('CONFIRMED');
    expect(await system.paymentIdOf(id)).toBe(paid);
    expect(await system.captures(lost, id)).toBe(1);
    expect(await system.steps.sandbox.order(id)).toMatchObject({ captures: 1, captured: 1_980 });
  });

  test('after that: the payment is found by search while the gap is open', async () => {
    const repeated = newCart();
    const lost = await system.place(repeated);
    await system.steps.chargeToEnd(lost);
    await system.restore({ keysForgotten: true, gapIsKnown: true });
    const id = await system.place(repeated);
    await system.steps.chargeToEnd(id);
    expect(await system.steps.status(id)).toBe('CONFIRMED');
    expect(await system.captures(lost, id)).toBe(1);
  });

  test('long after the gap was covered: the payment that is listed as an orphan is adopted', async () => {
    const { lost, paid, id } = await paidLostAndRepeated();
    await listOrphan(paid);
    await system.steps.chargeToEnd(id);
    expect(await system.steps.status(id)).toBe('CONFIRMED');
    expect(await system.captures(lost, id)).toBe(1);
    const listed = await system.steps.select('SELECT state, resolved_by AS by FROM payment_discrepancies');
    expect(listed).toEqual([{ state: 'RESOLVED', by: 'reconciliation' }]);
  });

  test('while an operator returns the money: it waits, and nothing is confirmed or stored', async () => {
    const { lost, paid, id } = await paidLostAndRepeated();
    await listOrphan(paid, 'olga');
    expect(await system.steps.chargeOrder().run(id)).toMatchObject({ kind: 'retry' });
    expect(await system.paymentIdOf(id)).toBe('');
    expect(await system.captures(lost, id)).toBe(1);
  });

  test('after an operator has returned the money, and the bank has sent it back: the payment is adopted', async () => {
    const { lost, paid, id } = await paidLostAndRepeated();
    await listOrphan(paid, 'olga');
    await system.steps.select(`UPDATE payment_discrepancies SET state = 'RESOLVED', resolved_by = refund_by`);
    await system.steps.chargeToEnd(id);
    expect(await system.steps.status(id)).toBe('CONFIRMED');
    expect(await system.paymentIdOf(id)).toBe(paid);
    expect(await system.captures(lost, id)).toBe(1);
  });

  test('after the money was returned: no more is taken, and an operator decides', async () => {
    const repeated = newCart();
    const lost = await system.place(repeated);
    await system.steps.chargeToEnd(lost);
    await system.steps.cancel(lost);
    await system.steps.refundToEnd(lost);
    await system.restore();
    const id = await system.place(repeated);
    await system.steps.chargeToEnd(id);
    expect(await system.steps.history(id)).toEqual(['ORDER_CREATED', 'PAYMENT_STARTED', 'DEAD_LETTERED']);
    expect(await system.captures(lost, id)).toBe(1);
  });

  test('after a decline: a new generation is paid', async () => {
    const declined = newCart('pm_card_chargeDeclined');
    const lost = await system.place(declined);
    await system.steps.chargeToEnd(lost);
    await system.restore();
    const id = await system.place({ ...declined, paymentMethod: 'pm_card_visa' });
    await system.steps.chargeToEnd(id);
    expect(await system.steps.status(id)).toBe('CONFIRMED');
    expect(await system.captures(lost, id)).toBe(1);
  });

  test('with another payment method, unpaid: the earlier payment is confirmed with that method', async () => {
    const cart = newCart();
    const lost = await system.place(cart);
    await system.chargeUntilConfirm(lost);
    await system.restore();
    const id = await system.place({ ...cart, paymentMethod: 'pm_card_chargeDeclined' });
    await system.steps.chargeToEnd(id);
    expect(await system.steps.status(id)).toBe('PAYMENT_FAILED');
    expect(await system.captures(lost, id)).toBe(0);
  });

  test('with another amount, unpaid: the earlier payment is cancelled, and a new generation is paid', async () => {
    const small = newCart();
    const lost = await system.place(small);
    await system.chargeUntilConfirm(lost);
    await system.restore();
    const id = await system.place({ ...small, quantity: 3 });
    await system.steps.chargeToEnd(id);
    expect(await system.steps.status(id)).toBe('CONFIRMED');
    expect(await system.steps.sandbox.order(id)).toMatchObject({ captures: 1, captured: 2_970 });
    expect(await system.steps.captures(lost)).toBe(0);
  });

  test('with another amount, paid: an operator decides, and reconciliation is told', async () => {
    const small = newCart();
    const lost = await system.place(small);
    await system.steps.chargeToEnd(lost);
    const paid = await system.paymentIdOf(lost);
    await system.restore();
    const id = await system.place({ ...small, quantity: 3 });
    await system.steps.chargeToEnd(id);
    expect(await system.steps.history(id)).toEqual(['ORDER_CREATED', 'PAYMENT_STARTED', 'DEAD_LETTERED']);
    expect(await system.captures(lost, id)).toBe(1);
    expect(await system.steps.select('SELECT payment_intent_id AS id FROM reconcile_hints')).toEqual([
      { id: paid },
    ]);
  });
});
