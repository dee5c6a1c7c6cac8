import type { FinalOrder } from '../evidence.js';
import { readPay } from './answers.js';
import { type CallTo, grouped, isCallTo } from './calls.js';
import { type Facts, keyId } from './facts.js';
import type { Findings } from './findings.js';
import { lostIn } from './lost-orders.js';

type Pay = CallTo<'payOrder'>;

export function isPaidAgain({ events }: FinalOrder): boolean {
  return events.some(({ type }) => type === 'PAYMENT_REQUESTED');
}

/**
 * Whether its customer has paid it, or an earlier order under the same key, again in a time that PostgreSQL has lost: the
 * gateway has that payment, and the order takes it over.
 */
export function wasPaidInLostTime(facts: Facts, { id, idempotencyKey }: FinalOrder): boolean {
  const creates = facts.creates.get(keyId(facts.owners.get(id)?.[0] ?? '', idempotencyKey)) ?? [];
  const earlier = creates.flatMap(({ outcome }) => (outcome.kind === 'success' ? [outcome.order.id] : []));
  const pays = [...new Set([id, ...earlier])].flatMap((orderId) => facts.paysOf.get(orderId) ?? []);
  return pays.some(
    (call) => facts.rewinds.at(call) !== undefined && ['success', 'unknown'].includes(readPay(call).kind),
  );
}

/** What payOrder and completePaymentAction answered is true, and each key of payOrder has paid once. */
export function checkPayments(facts: Facts, findings: Findings): void {
  for (const call of [...facts.paysOf.values()].flat()) checkAnswer(facts, findings, call);
  for (const call of facts.calls) {
    if (!isCallTo(call, 'completePaymentAction')) continue;
    if (typeof call.answer === 'object' && call.answer !== null && !('order' in call.answer))
      checkFound(facts, findings, call);
  }
  for (const order of facts.orders.values())
    checkOnce(facts, findings, order, facts.paysOf.get(order.id) ?? []);
}

function checkAnswer(facts: Facts, findings: Findings, call: Pay): void {
  const { id, operation } = call;
  const { orderId } = operation;
  const subject = { orderId };
  const outcome = readPay(call);
  switch (outcome.kind) {
    case 'success':
      findings.check(outcome.order.id === orderId, subject, `#${id} paid another order than it named`);
      return;
    case 'not-payable': {
      const { status } = outcome;
      const events = facts.orders.get(orderId)?.events ?? [];
      const isTrue = status !== 'PAYMENT_FAILED' && events.some((event) => event.status === status);
      findings.check(
        isTrue || facts.rewinds.at(call) !== undefined,
        subject,
        `#${id} was told that it can't be paid again in ${status}`,
      );
      return;
    }
    case 'reused':
      findings.check(false, subject, `#${id} was told that its key is used otherwise, and it was not`);
      return;
    case 'not-found':
      checkFound(facts, findings, call);
      return;
    case 'failed':
    case 'unknown':
    case 'unreadable':
  }
}

/** Customers name only orders that they have. */
function checkFound(
  facts: Facts,
  findings: Findings,
  call: CallTo<'payOrder' | 'completePaymentAction'>,
): void {
  const { orderId } = call.operation;
  const isLost = lostIn(facts, orderId) !== undefined;
  findings.check(isLost, { orderId }, `#${call.id} was told that an acknowledged order does not exist`);
}

/** A key has paid once where an answer says so, at most once where none does, and never where it was refused. */
function checkOnce(facts: Facts, findings: Findings, order: FinalOrder, calls: readonly Pay[]): void {
  const subject = { orderId: order.id };
  const times = order.events.filter(({ type }) => type === 'PAYMENT_REQUESTED').length;
  let least = 0;
  let most = 0;
  for (const [key, tries] of grouped(calls, ({ operation }) => operation.key)) {
    const outcomes = tries.map((call) => ({ call, ...readPay(call) }));
    const paid = outcomes.filter(({ kind }) => kind === 'success');
    // What was paid may be lost, and the same key then pays once more.
    if (paid.some(({ call }) => facts.rewinds.at(call) === undefined)) least += 1;
    if (paid.length > 0 || outcomes.some(({ kind }) => kind === 'unknown')) most += 1;
    findings.check(
      outcomes.some(({ kind }) => kind !== 'unknown'),
      subject,
      `nothing ever settled what became of the payment under ${key}`,
    );
  }
  findings.check(
    times <= most,
    subject,
    `it was paid again ${times} times, and its customer can have done so ${most} times`,
  );
  findings.check(
    times >= least,
    subject,
    `it was paid again ${times} times, and its customer was told so ${least} times`,
  );
}
