import { created, DrillEvidence, input, seen } from './drill-evidence.js';

const NO_ANSWER = { type: 'info', error: { code: 'NO_ANSWER', message: 'read ECONNRESET' } } as const;
const REUSED = {
  type: 'ok',
  answer: { __typename: 'IdempotencyKeyReused', code: 'IDEMPOTENCY_KEY_REUSED' },
} as const;
const SETTLED = { type: 'ok', answer: { __typename: 'DeadLetterSuccess' } } as const;
const NOT_THERE = { how: 'error', error: { code: 'NOT_FOUND', message: 'There is no such order.' } } as const;

/** A small run that covers everything, in which every invariant holds. */
export function soundDrill(): DrillEvidence {
  const drill = new DrillEvidence();
  confirmedOrder(drill);
  declinedOrder(drill);
  cancelledOrders(drill);
  deadLetters(drill);
  refusals(drill);
  refusedByTheGateway(drill);
  wrongCharges(drill);
  paymentsWithTheCustomer(drill);
  return drill;
}

/** Alice's double-click, a reused key, her subscriptions, and what bob may not see. */
function confirmedOrder(drill: DrillEvidence): void {
  const order = { orderId: 'order-a', owner: 'alice' };
  const reworded = input('key-1', { items: [...input('key-1').items].reverse() });
  const other = input('key-1', { items: [{ sku: 'cup', quantity: 9 }], intent: 'other-input' });
  drill.call('a made', 'alice', input('key-1'), created('order-a', 'key-1'));
  drill.overlapNext('a made');
  drill.call('a doubled', 'alice', reworded, created('order-a', 'key-1', true));
  drill.call('a reused', 'alice', other, REUSED);
  drill.order('order-a', 'alice', input('key-1'), 'confirmed');
  drill.subscription('a watched', { ...order, customer: 'alice', sees: [1, 2] }, { how: 'lost' });
  drill.call(
    'a read',
    'alice',
    { name: 'order', id: 'order-a', owner: 'alice' },
    found('order-a', 'key-1', 'CONFIRMED', 3),
  );
  drill.call(
    'a looked up',
    'alice',
    { name: 'orderByIdempotencyKey', key: 'key-1' },
    found('order-a', 'key-1', 'CONFIRMED', 3),
  );
  const resumed = { ...order, customer: 'alice', afterVersion: 2, sees: [3] };
  drill.subscription('a resumed', resumed, { how: 'left', at: 140_000 });
  drill.call(
    'a read by bob',
    'bob',
    { name: 'order', id: 'order-a', owner: 'alice' },
    { type: 'ok', answer: null },
  );
  drill.subscription('a watched by bob', { ...order, customer: 'bob', sees: [] }, NOT_THERE);
  const refused = { type: 'ok', answer: { __typename: 'OrderNotFound', code: 'ORDER_NOT_FOUND' } } as const;
  drill.call('a cancelled by bob', 'bob', { name: 'cancelOrder', orderId: 'order-a' }, refused);
}

/** Bob uses the same key as alice, does not know the outcome of his first call, and is declined. */
function declinedOrder(drill: DrillEvidence): void {
  const declined = input('key-1', { paymentMethod: 'pm_card_chargeDeclined' });
  drill.call('b in doubt', 'bob', declined, NO_ANSWER);
  drill.call('b retried', 'bob', declined, created('order-b', 'key-1', true));
  drill.order('order-b', 'bob', declined, 'declined');
  const watched = { customer: 'bob', orderId: 'order-b', owner: 'bob', afterVersion: 0, sees: [1, 2, 3] };
  drill.subscription('b watched', watched, { how: 'left', at: 130_000 });
  const answer = {
    __typename: 'OrderNotCancellable',
    code: 'ORDER_NOT_CANCELLABLE',
    status: 'PAYMENT_FAILED',
  };
  drill.call('b not cancelled', 'bob', { name: 'cancelOrder', orderId: 'order-b' }, { type: 'ok', answer });
}

function cancelledOrders(drill: DrillEvidence): void {
  drill.call(
    'c made',
    'alice',
    input('key-c', { expectedTotal: { amount: 3_500, currency: 'EUR' } }),
    created('order-c', 'key-c'),
  );
  drill.order('order-c', 'alice', input('key-c'), 'returned');
  cancel(drill, 'c cancelled', seen('order-c', 'key-c', 'CANCELLING', 4));
  drill.call('d made', 'alice', input('key-d'), created('order-d', 'key-d'));
  drill.order('order-d', 'alice', input('key-d'), 'cancelled');
  cancel(drill, 'd cancelled', seen('order-d', 'key-d', 'CANCELLED', 2));
  const watched = { customer: 'alice', orderId: 'order-d', owner: 'alice', afterVersion: 0, sees: [1, 2] };
  drill.subscription('d watched', watched, { how: 'complete' });
}

function cancel(drill: DrillEvidence, label: string, order: ReturnType<typeof seen>): void {
  const answer = { __typename: 'CancelOrderSuccess', order };
  drill.call(label, 'alice', { name: 'cancelOrder', orderId: order.id }, { type: 'ok', answer });
}

function deadLetters(drill: DrillEvidence): void {
  drill.call('e made', 'carol', input('key-e'), created('order-e', 'key-e'));
  drill.order('order-e', 'carol', input('key-e'), 'waiting');
  drill.deadLetter('letter-1', 'order-e', 'RETRIED');
  drill.deadLetter('letter-2', 'order-e', 'OPEN');
  drill.call('f made', 'carol', input('key-f'), created('order-f', 'key-f'));
  drill.order('order-f', 'carol', input('key-f'), 'takenOver');
  drill.deadLetter('letter-3', 'order-f', 'DISCARDED');
  drill.call('g made', 'carol', input('key-g'), created('order-g', 'key-g'));
  drill.order('order-g', 'carol', input('key-g'), 'givenUp');
  drill.deadLetter('letter-4', 'order-g', 'DISCARDED');
  drill.call('letters listed', 'operator', { name: 'deadLetters' }, { type: 'ok', answer: { edges: [] } });
  drill.call('letter retried', 'operator', { name: 'retryDeadLetter', id: 'letter-1' }, SETTLED);
  drill.call('letter discarded', 'operator', { name: 'discardDeadLetter', id: 'letter-4' }, SETTLED);
  drill.call('letters retried', 'operator', { name: 'retryAllDeadLetters' }, { type: 'ok', answer: 0 });
  const watched = { customer: 'operator', orderId: 'order-e', owner: 'carol', sees: [6] };
  drill.subscription('e watched by the operator', watched, { how: 'left', at: 130_000 });
}

/** Calls that leave no order behind. */
function refusals(drill: DrillEvidence): void {
  const unavailable = input('key-h', { items: [{ sku: 'retired', quantity: 1 }], intent: 'unavailable' });
  const gone = { __typename: 'ProductUnavailable', code: 'PRODUCT_UNAVAILABLE' };
  drill.call('h unavailable', 'bob', unavailable, { type: 'ok', answer: gone });
  const price = input('key-i', { expectedTotal: { amount: 1, currency: 'EUR' }, intent: 'price-changed' });
  const changed = { __typename: 'PriceChanged', code: 'PRICE_CHANGED' };
  drill.call('i changed', 'bob', price, { type: 'ok', answer: changed });
  const invalid = input('key-j', { items: [{ sku: 'cup', quantity: 0 }], intent: 'invalid' });
  const error = {
    code: 'BAD_USER_INPUT',
    message: 'The input is not valid: items.0.quantity must be at least 1.',
  };
  drill.call('j invalid', 'bob', invalid, { type: 'fail', error });
  const away = {
    code: 'SERVICE_UNAVAILABLE',
    message: 'Repeat the call.',
    retryable: true,
    retryAfterMs: 700,
  };
  drill.call('k in doubt', 'bob', input('key-k'), { type: 'info', error: away });
  for (const key of ['key-h', 'key-i', 'key-j', 'key-k']) {
    drill.draft.final.byKey.push({ customer: 'bob', key, orderId: null });
  }
  drill.call(
    'k looked up',
    'bob',
    { name: 'orderByIdempotencyKey', key: 'key-k' },
    { type: 'ok', answer: null },
  );
}

/** An order whose payment method can't be used again. */
function refusedByTheGateway(drill: DrillEvidence): void {
  const used = input('key-l', { paymentMethod: 'pm_used_visa' });
  drill.call('l made', 'bob', used, created('order-l', 'key-l'));
  drill.order('order-l', 'bob', used, 'declined');
}

/** The gateway took 1 euro where 35 were asked for: one such order waits, one was cancelled. */
function wrongCharges(drill: DrillEvidence): void {
  drill.call('m made', 'carol', input('key-m'), created('order-m', 'key-m'));
  drill.order('order-m', 'carol', input('key-m'), 'waiting');
  drill.deadLetter('letter-5', 'order-m', 'RETRIED');
  drill.deadLetter('letter-6', 'order-m', 'OPEN');
  drill.call('n made', 'carol', input('key-n'), created('order-n', 'key-n'));
  drill.order('order-n', 'carol', input('key-n'), 'wronglyCharged');
  drill.deadLetter('letter-7', 'order-n', 'DISCARDED');
  const euro = (amount: number) => ({ amount, currency: 'eur' });
  for (const [orderId, refunds] of [
    ['order-m', 0],
    ['order-n', 1],
  ] as const) {
    drill.draft.wrongCharges.push({ orderId, asked: euro(3_500), charged: euro(100) });
    drill.money(orderId, { captured: 100, refunds });
  }
  drill.discrepancy({ kind: 'AMOUNT_MISMATCH', orderId: 'order-m', foundAmount: 100 });
}

/** Dave authenticates one payment; another is too late, and he pays the order again, with a double-click. */
function paymentsWithTheCustomer(drill: DrillEvidence): void {
  const paymentMethod = 'pm_card_threeDSecure2Required';
  drill.call('p made', 'dave', input('key-p', { paymentMethod }), created('order-p', 'key-p'));
  drill.order('order-p', 'dave', input('key-p', { paymentMethod }), 'authenticated');
  const completed = {
    __typename: 'CompletePaymentActionSuccess',
    order: seen('order-p', 'key-p', 'REQUIRES_ACTION', 3),
  };
  const completion = { name: 'completePaymentAction', orderId: 'order-p' } as const;
  drill.call('p completed', 'dave', completion, { type: 'ok', answer: completed });
  drill.call('q made', 'dave', input('key-q', { paymentMethod }), created('order-q', 'key-q'));
  drill.order('order-q', 'dave', input('key-q', { paymentMethod }), 'paidAgain');
  const paid = (replayed: boolean) => ({
    type: 'ok' as const,
    answer: { __typename: 'PayOrderSuccess', replayed, order: seen('order-q', 'key-q', 'PENDING', 5) },
  });
  const again = {
    name: 'payOrder',
    orderId: 'order-q',
    key: 'again-q',
    paymentMethod: 'pm_card_visa',
  } as const;
  drill.call('q in doubt', 'dave', again, NO_ANSWER);
  drill.call('q paid', 'dave', again, paid(false));
  drill.overlapNext('q paid');
  drill.call('q paid twice', 'dave', { ...again }, paid(true));
  const late = { __typename: 'OrderNotPayable', code: 'ORDER_NOT_PAYABLE', status: 'CONFIRMED' };
  const other = { ...again, key: 'again-q-2' };
  drill.call('q not payable', 'dave', other, { type: 'ok', answer: late });
  drill.booked({ id: 'pi-late', orderId: 'order-q', orderKey: null, received: 0, returned: 0 });
  drill.paymentNamed('pi-late').orderKey = drill.paymentOf('order-q').orderKey;
}

function found(id: string, key: string, status: string, version: number) {
  return { type: 'ok', answer: seen(id, key, status, version) } as const;
}
