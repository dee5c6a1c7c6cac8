import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newCart, RestorableSteps } from '../support/restorable-steps.js';

describe('fault 40: an order whose charge PostgreSQL has lost is paid once', () => {
  let system: RestorableSteps;

  beforeAll(async () => {
    system = await RestorableSteps.open();
  });

  // Each test begins without a gap.
  beforeEach(() => system.coverGap());

  afterAll(() => system.close());

  test('and is charged under the same derived keys', async () => {
    const id = await system.place(newCart());
    await system.takeCopy();
    await system.steps.chargeToEnd(id);
    await system.restore();
    expect(await system.steps.status(id)).toBe('PENDING');
    await system.steps.chargeToEnd(id);
    expect(await system.steps.status(id)).toBe('CONFIRMED');
    expect(await system.steps.captures(id)).toBe(1);
  });

  test('and the gateway has forgotten the keys: the payment is found by search, and adopted', async () => {
    const id = await system.place(newCart());
    await system.takeCopy();
    await system.steps.chargeToEnd(id);
    const paid = await system.paymentIdOf(id);
    await system.restore({ keysForgotten: true, gapIsKnown: true });
    await system.steps.chargeToEnd(id);
    expect(await system.steps.status(id)).toBe('CONFIRMED');
    expect(await system.paymentIdOf(id)).toBe(paid);
    expect(await system.steps.captures(id)).toBe(1);
  });

  test('and the payment was not confirmed yet: it is adopted, and confirmed', async () => {
    const id = await system.place(newCart());
    await system.takeCopy();
    await system.chargeUntilConfirm(id);
    const made = await system.paymentIdOf(id);
    await system.restore({ keysForgotten: true, gapIsKnown: true });
    await system.steps.chargeToEnd(id);
    expect(await system.steps.status(id)).toBe('CONFIRMED');
    expect(await system.paymentIdOf(id)).toBe(made);
    expect(await system.steps.captures(id)).toBe(1);
  });

  test('and cancelled meanwhile: the money of the lost charge is returned', async () => {
    const id = await system.place(newCart());
    await system.takeCopy();
    await system.steps.chargeToEnd(id);
    await system.restore({ keysForgotten: true, gapIsKnown: true });
    const from = { status: 'PENDING', version: 1 } as const;
    await system.steps.transitions.apply({ orderId: id, type: 'PAYMENT_STARTED', from, actor: 'worker' });
    await system.steps.cancel(id);
    await system.steps.refundToEnd(id);
    expect(await system.steps.status(id)).toBe('CANCELLED');
    expect(await system.steps.sandbox.order(id)).toMatchObject({ captures: 1, refunds: 1, refunded: 1_980 });
  });

  test('and it was paid again after a decline: the lost payment is found before the declined one is replaced', async () => {
    const id = await system.placePaidAgain();
    await system.takeCopy();
    await system.steps.chargeToEnd(id);
    await system.restore({ keysForgotten: true, gapIsKnown: true });
    await system.steps.chargeToEnd(id);
    expect(await system.steps.status(id)).toBe('CONFIRMED');
    expect(await system.steps.captures(id)).toBe(1);
  });

  test('and it was paid again, and cancelled meanwhile: the money of the lost charge is returned', async () => {
    const id = await system.placePaidAgain();
    await system.takeCopy();
    await system.steps.chargeToEnd(id);
    await system.restore({ keysForgotten: true, gapIsKnown: true });
    const from = { status: 'PENDING', version: 4 } as const;
    await system.steps.transitions.apply({ orderId: id, type: 'PAYMENT_STARTED', from, actor: 'worker' });
    await system.steps.cancel(id);
    await system.steps.refundToEnd(id);
    expect(await system.steps.status(id)).toBe('CANCELLED');
    expect(await system.steps.sandbox.order(id)).toMatchObject({ captures: 1, refunds: 1, refunded: 1_980 });
  });
});

describe('the search for payments that PostgreSQL may have lost', () => {
  let system: RestorableSteps;

  beforeEach(async () => {
    system = await RestorableSteps.open({ PAYMENT_SEARCH_DELAY_MS: '60000' });
  });

  afterEach(() => system.close());

  async function requests(): Promise<Record<string, number>> {
    const counts = Object.entries(await system.steps.sandbox.requests());
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  test('a charge waits until the gateway has indexed the payments of the gap, and makes none before', async () => {
    const id = await system.place(newCart());
    await system.steps.select('UPDATE database_marker SET gap_from = now(), gap_found_at = now()');
    expect(await system.steps.chargeOrder().run(id)).toMatchObject({ kind: 'retry' });
    expect(await requests()).toEqual({});
    await system.coverGap();
    await system.steps.select('UPDATE orders SET recover_after = now()');
    await system.steps.chargeToEnd(id);
    expect(await system.steps.status(id)).toBe('CONFIRMED');
  });

  test('the charge of an order that is paid again waits as long, however old the first payment is', async () => {
    const cart = newCart('pm_card_chargeDeclined');
    const id = await system.place(cart);
    await system.steps.chargeToEnd(id);
    await system.steps.select("UPDATE payments SET created_at = now() - interval '1 hour'");
    await system.takeCopy();
    await system.payAgain(id, cart.customerId, 'pm_card_visa');
    await system.steps.chargeToEnd(id);
    await system.restore();
    await system.payAgain(id, cart.customerId, 'pm_card_mastercard');
    expect(await system.steps.chargeOrder().run(id)).toMatchObject({ kind: 'retry' });
    expect(await system.steps.status(id)).toBe('PAYMENT_PROCESSING');
    await system.steps.select("UPDATE payments SET created_at = now() - interval '1 hour'");
    await system.steps.select('UPDATE orders SET recover_after = now()');
    await system.steps.chargeToEnd(id);
    expect(await system.steps.status(id)).toBe('CONFIRMED');
    expect(await system.steps.captures(id)).toBe(1);
  });

  test('a charge can wait for a part of a millisecond', async () => {
    const id = await system.place(newCart());
    await system.steps.select(
      "UPDATE database_marker SET gap_from = now(), gap_found_at = now() - interval '56.0001 seconds'",
    );
    expect(await system.steps.chargeOrder().run(id)).toMatchObject({ kind: 'retry' });
    expect(await system.steps.status(id)).toBe('PAYMENT_PROCESSING');
  });

  test('in normal times a payment costs two requests to the gateway', async () => {
    await system.steps.chargeToEnd(await system.place(newCart()));
    expect(await requests()).toEqual({ 'payment_intents.create': 1, 'payment_intents.confirm': 1 });
  });
});
