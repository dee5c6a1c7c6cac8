import { isCompletion, orderIn, readCancel, readCreate, readPay, typenameIn } from './answers.js';
import { type Call, type CallTo, type Create, isCallTo } from './calls.js';
import { checkError, subjectOf } from './errors.js';
import type { Facts } from './facts.js';
import { Findings, type Judgement } from './findings.js';
import { totalAt } from './meaning.js';
import { checkPayments } from './paid-again.js';
import { lostIn } from './lost-orders.js';

/** An attempt that a fault cut off is seen a little later, and a dead server is noticed only after a moment. */
const FELT_FOR_MS = 5_000;

/** 10: an answer is true, or says that the outcome is unknown. */
export function noLies(facts: Facts): Judgement {
  const findings = new Findings(facts);
  for (const call of facts.calls) {
    checkCompletion(facts, findings, call);
    if (isCallTo(call, 'cancelOrder')) checkCancel(facts, findings, call);
  }
  checkPayments(facts, findings);
  for (const { call, end } of facts.subscriptions) {
    if (end?.how === 'error' && end.error !== undefined) checkError(facts, findings, call, end.error);
  }
  for (const [id, creates] of facts.creates) {
    checkSettled(facts, findings, id, creates);
    for (const create of creates) {
      checkRefusal(facts, findings, create);
      checkReplay(facts, findings, create, creates);
    }
  }
  return findings.judgement();
}

function checkCompletion(facts: Facts, findings: Findings, call: Call): void {
  const { id, outcome, error } = call;
  if (outcome === 'ok') {
    findings.check(isReadable(call), subjectOf(call), () => `#${id} got ${JSON.stringify(call.answer)}`);
  } else if (error !== undefined) {
    checkError(facts, findings, call, error);
  }
}

const RESOLUTIONS = ['Success', 'NotFound', 'NotOpen', 'NotRefundable'].map(
  (outcome) => `PaymentDiscrepancy${outcome}`,
);
const DECISIONS = ['DeadLetterSuccess', 'DeadLetterNotFound', 'DeadLetterNotOpen'];

/** Whether it is one of the answers that the contract knows. */
function isReadable({ operation, outcome, answer }: Call): boolean {
  switch (operation.name) {
    case 'createOrder':
      return readCreate({ outcome, answer }).kind !== 'unreadable';
    case 'cancelOrder':
      return readCancel({ outcome, answer }).kind !== 'unreadable';
    case 'payOrder':
      return readPay({ outcome, answer }).kind !== 'unreadable';
    case 'completePaymentAction':
      return isCompletion(answer);
    case 'order':
    case 'orderByIdempotencyKey':
      return answer === null || orderIn(answer) !== undefined;
    case 'retryDeadLetter':
      return DECISIONS.includes(typenameIn(answer) ?? '');
    case 'discardDeadLetter':
      return [...DECISIONS, 'DeadLetterNotDiscardable'].includes(typenameIn(answer) ?? '');
    case 'resolvePaymentDiscrepancy':
      return RESOLUTIONS.includes(typenameIn(answer) ?? '');
    case 'retryAllDeadLetters':
      return typeof answer === 'number';
    case 'deadLetters':
    case 'paymentDiscrepancies':
      return typeof answer === 'object' && answer !== null;
    case 'orderEvents':
      // Its frames and its end are checked instead.
      return true;
  }
}

/**
 * An accepted cancellation is carried out, unless PostgreSQL may have lost it; one is refused only if there is nothing
 * to cancel.
 */
function checkCancel(facts: Facts, findings: Findings, call: CallTo<'cancelOrder'>): void {
  const { id, customer, operation } = call;
  const { orderId } = operation;
  const subject = { orderId };
  const outcome = readCancel(call);
  const order = facts.orders.get(orderId);
  const owner = facts.owners.get(orderId)?.[0] ?? facts.acknowledged.get(orderId)?.call.customer;
  const mayBeLost = facts.rewinds.at(call) !== undefined;
  const mayCancel = owner === customer || facts.operators.has(customer);
  switch (outcome.kind) {
    case 'success': {
      const taken = [outcome.order.status, order?.status ?? ''];
      const kept = mayBeLost || taken.every((status) => status === 'CANCELLING' || status === 'CANCELLED');
      findings.check(kept, subject, `#${id} cancelled it, and was told ${taken.join('; in the end it is ')}`);
      findings.check(outcome.order.id === orderId, subject, `#${id} cancelled another order than it named`);
      findings.check(mayCancel, subject, `#${id}: ${customer} cancelled another customer's order`);
      return;
    }
    case 'not-cancellable': {
      // It may have been paid again since.
      const hasFailed = order?.events.some(({ status }) => status === 'PAYMENT_FAILED') ?? false;
      const failed = outcome.status === 'PAYMENT_FAILED' && hasFailed;
      findings.check(
        failed || mayBeLost,
        subject,
        `#${id} was told that it can't be cancelled; it is ${order?.status ?? 'lost'}`,
      );
      findings.check(mayCancel, subject, `#${id}: ${customer} was told of another customer's order`);
      return;
    }
    case 'not-found': {
      const known = facts.acknowledged.get(orderId);
      const lie =
        mayCancel &&
        known !== undefined &&
        known.call.until < call.from &&
        lostIn(facts, orderId) === undefined;
      findings.check(!lie, subject, `#${id} was told that an acknowledged order does not exist`);
      return;
    }
    case 'failed':
    case 'unknown':
    case 'unreadable':
  }
}

/** Every unknown outcome was settled by a later answer. */
function checkSettled(facts: Facts, findings: Findings, id: string, creates: readonly Create[]): void {
  for (const { call, input, outcome } of creates) {
    if (outcome.kind !== 'unknown' || input.intent === 'invalid') continue;
    const { customer } = call;
    const settled =
      creates.some((other) => other.call.until >= call.from && other.outcome.kind !== 'unknown') ||
      (facts.lookups.get(id) ?? []).some((lookup) => lookup.from > call.from && lookup.outcome === 'ok');
    findings.check(settled, { customer, key: input.key }, `nothing ever settled what became of #${call.id}`);
  }
}

/** A refusal agrees with the catalogue. */
function checkRefusal(facts: Facts, findings: Findings, { call, input, outcome }: Create): void {
  if (outcome.kind !== 'refused') return;
  const total = totalAt(input, facts.evidence.run.prices);
  const { expectedTotal } = input;
  const other =
    total !== undefined &&
    expectedTotal !== undefined &&
    (expectedTotal.amount !== total.amount || expectedTotal.currency !== total.currency);
  const isTrue = outcome.typename === 'PriceChanged' ? other : total === undefined;
  findings.check(
    isTrue,
    { customer: call.customer, key: input.key },
    `#${call.id} got ${outcome.typename}, and the catalogue says otherwise`,
  );
}

/**
 * `replayed` needs an earlier call. The one exception is a fault: if the database's answer is lost on its
 * way, the system asks again by itself, and may find its own order.
 */
function checkReplay(
  facts: Facts,
  findings: Findings,
  { call, input, outcome }: Create,
  creates: readonly Create[],
): void {
  if (outcome.kind !== 'success' || !outcome.replayed) return;
  const explained =
    creates.some(
      (other) => other.call !== call && other.call.from <= call.until && other.outcome.kind !== 'failed',
    ) ||
    facts.evidence.faults.some(({ from, until }) => from <= call.until && until + FELT_FOR_MS >= call.from);
  findings.check(
    explained,
    { customer: call.customer, key: input.key },
    `#${call.id} was told that the order existed before, and nobody had asked for it`,
  );
}
