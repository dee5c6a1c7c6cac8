import { orderKeyOf } from '../../drills/checker/moved-money.js';
import { created, type DrillEvidence, input, seen } from './drill-evidence.js';
import { soundDrill } from './sound-drill.js';

const LOST_FROM = 30_000;
const SETTLED = { type: 'ok', answer: { __typename: 'DeadLetterSuccess' } } as const;
const GAP_REASON = 'its newest beat is 30, and 33 was seen before';
/** UUIDv7s of the run's first second, and of the lost time. */
export const EARLY_ID = '01b8dac5-b5f4-7000-8000-000000000000';
export const UNSEEN_ID = '01b8dac6-2944-7000-8000-000000000000';

/** The sound drill, and then a time of which PostgreSQL lost everything, in which every invariant holds. */
export function lossyDrill(): DrillEvidence {
  const drill = soundDrill();
  drill.wait(LOST_FROM - drill.now);
  drill.order('order-lr', 'alice', input('key-lr'), 'confirmed');
  drill.order('order-s', 'alice', input('key-s'), 'confirmed');
  drill.call('lr made', 'alice', input('key-lr'), created('order-lr', 'key-lr'));
  drill.call('s made', 'alice', input('key-s'), created('order-s', 'key-s'));
  drill.call('lt made', 'alice', usedCard('key-lt'), created('order-lt', 'key-lt'));
  drill.order('order-lt', 'alice', usedCard('key-lt'), 'declined');
  const from = drill.now;
  lostTime(drill);
  const until = drill.now;
  drill.wait(1_000);
  drill.draft.rewinds.push({ fault: 'restore-postgres', from, until, backAt: drill.now });
  drill.draft.run.faults.push('restore-postgres');
  const [sample] = drill.draft.samples;
  if (sample !== undefined) drill.draft.samples.push({ ...sample, at: drill.now, gapReason: GAP_REASON });
  const fault = { name: 'restore-postgres', step: 1, target: 'postgres', struck: 2, detail: 'It went back.' };
  drill.draft.faults.push({ ...fault, from, until: drill.now });
  afterwards(drill);
  return drill;
}

function lostTime(drill: DrillEvidence): void {
  drill.wait(10);
  const { now } = drill;
  // Paid twice over: alice orders it again, and its payment becomes that of the new order.
  drill.call('lp made', 'alice', input('key-lp'), created('order-lp', 'key-lp'));
  drill.call(
    'p read',
    'alice',
    { name: 'order', id: 'order-lp', owner: 'alice' },
    answered('order-lp', 'key-lp', 3),
  );
  // Paid, and never ordered again.
  drill.call('lq made', 'bob', input('key-lq'), created('order-lq', 'key-lq'));
  drill.payment('order-lq', orderKeyOf('bob', 'key-lq'), { captured: 3_500, refunds: 0 });
  // Nobody but the gateway ever heard of it.
  drill.payment(UNSEEN_ID, orderKeyOf('bob', 'key-u'), { captured: 3_500, refunds: 0 });
  for (const orderId of ['order-lq', UNSEEN_ID]) {
    drill.discrepancy({ kind: 'ORPHAN_PAYMENT', paymentId: `pi-${orderId}`, foundAmount: 3_500 });
    drill.draft.dump.missingOrders.push({ orderId, namedBy: 'payment' });
  }
  // Cancelled, and its money returned; then it is confirmed again.
  const answer = { __typename: 'CancelOrderSuccess', order: seen('order-lr', 'key-lr', 'CANCELLING', 4) };
  drill.call('lr cancelled', 'alice', { name: 'cancelOrder', orderId: 'order-lr' }, { type: 'ok', answer });
  Object.assign(drill.ledgerOf('order-lr'), { refunded: 3_500, refunds: 1 });
  drill.paymentOf('order-lr').returned = 3_500;
  drill.discrepancy({ kind: 'REFUNDED_OUTSIDE', orderId: 'order-lr', foundAmount: 0 });
  // Refused, and then paid by another method.
  payAgain(drill, 'lt');
  drill.payment('order-lt', orderKeyOf('alice', 'key-lt'), { captured: 3_500, refunds: 0 });
  drill.discrepancy({ kind: 'AMOUNT_MISMATCH', orderId: 'order-lt', foundAmount: 3_500 });
  // The same, and then ordered again.
  drill.call('lu made', 'alice', usedCard('key-lu'), created('order-lu', 'key-lu'));
  payAgain(drill, 'lu');
  // Confirmed at another time than it is in the end.
  drill.subscription(
    's watched',
    { customer: 'alice', orderId: 'order-s', owner: 'alice', sees: [2, 3] },
    LEFT,
  );
  for (const { event } of drill.frames('s watched')) event.occurredAt = new Date(now).toISOString();
  drill.call('lost decision', 'operator', { name: 'retryDeadLetter', id: 'letter-gone' }, SETTLED);
}

function afterwards(drill: DrillEvidence): void {
  const missing = { type: 'ok', answer: null } as const;
  drill.call('lp missed', 'alice', { name: 'order', id: 'order-lp', owner: 'alice' }, missing);
  drill.call('p again', 'alice', input('key-lp'), created('order-p2', 'key-lp'));
  drill.order('order-p2', 'alice', input('key-lp'), 'confirmed');
  drill.call('lu again', 'alice', usedCard('key-lu'), created('order-lu2', 'key-lu'));
  drill.order('order-lu2', 'alice', usedCard('key-lu'), 'confirmed');
  const looked = { name: 'orderByIdempotencyKey', key: 'key-lq' } as const;
  drill.call('q missed', 'bob', looked, missing);
  drill.draft.final.byKey.push({ customer: 'bob', key: 'key-lq', orderId: null });
  drill.wait(10_000);
}

/** The gateway refuses it. */
function usedCard(key: string) {
  return input(key, { paymentMethod: 'pm_used_visa' });
}

function payAgain(drill: DrillEvidence, name: string): void {
  const orderId = `order-${name}`;
  const pay = {
    name: 'payOrder',
    orderId,
    key: `again-${name}`,
    paymentMethod: 'pm_card_visa',
  } as const;
  const paid = {
    __typename: 'PayOrderSuccess',
    replayed: false,
    order: seen(orderId, `key-${name}`, 'PENDING', 4),
  };
  drill.call(`${name} paid again`, 'alice', pay, { type: 'ok', answer: paid });
}

const LEFT = { how: 'left' } as const;

function answered(id: string, key: string, version: number) {
  return { type: 'ok', answer: seen(id, key, 'CONFIRMED', version) } as const;
}
