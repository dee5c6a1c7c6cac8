import type { FinalOrder, LedgerOrder } from '../evidence.js';
import type { Money } from '../money.js';
import { AT_REST } from './at-rest.js';
import type { Facts } from './facts.js';
import { Findings, type Judgement } from './findings.js';
import { mayHaveMoved } from './moved-money.js';
import { lostIn } from './lost-orders.js';

/**
 * 4: the gateway took an order's money at most once, and a key's, whatever was lost in between and however often it was
 * paid again; it keeps the money only if the order is confirmed, unless the money was moved otherwise. No payment of an
 * order at rest can still succeed.
 */
export function oneCharge(facts: Facts): Judgement {
  const findings = new Findings(facts);
  const { ledger } = facts.evidence;
  findings.check(ledger.length === facts.ledger.size, 'the run', 'the ledger names an order twice');
  for (const entry of ledger) {
    const order = facts.orders.get(entry.orderId);
    const subject = { orderId: entry.orderId };
    findings.check(entry.captures <= 1, subject, `${entry.captures} captures`);
    checkRefunds(facts, findings, entry);
    const isKnown = order !== undefined || lostIn(facts, entry.orderId) !== undefined;
    findings.check(isKnown, subject, 'the gateway knows it, and nobody else does');
    if (order !== undefined) checkAmounts(facts, findings, order, entry);
    checkLists(facts, findings, entry);
  }
  for (const order of facts.orders.values()) checkKept(facts, findings, order);
  checkKeys(facts, findings);
  checkNoneIsOpen(facts, findings);
  return findings.judgement();
}

function checkRefunds(facts: Facts, findings: Findings, entry: LedgerOrder): void {
  const { orderId, captured, refunded, refunds } = entry;
  const subject = { orderId };
  const payments = new Set((facts.paymentsOf.get(orderId) ?? []).map(({ id }) => id));
  const byHand = facts.evidence.outside.filter(
    ({ kind, paymentId }) => kind === 'refund' && payments.has(paymentId),
  );
  findings.check(refunds <= 1 + byHand.length, subject, `${refunds} refunds`);
  findings.check(refunded <= captured, subject, `${refunded} was returned of ${captured}`);
}

/** The gateway's lists of payments and refunds, on which invariant 11 is judged, say the same as its ledger. */
function checkLists(facts: Facts, findings: Findings, { orderId, captured, refunded }: LedgerOrder): void {
  const payments = facts.paymentsOf.get(orderId) ?? [];
  const received = payments.reduce((sum, payment) => sum + payment.received, 0);
  const returned = payments.reduce((sum, payment) => sum + payment.returned, 0);
  findings.check(
    received === captured && returned === refunded,
    { orderId },
    `the gateway lists ${received} as taken and ${returned} as returned, and its ledger ${captured} and ${refunded}`,
  );
}

/** Two orders under one key, the first of which was lost, are paid once. */
function checkKeys(facts: Facts, findings: Findings): void {
  for (const [orderKey, payments] of facts.paymentsUnder) {
    if (orderKey === '') continue;
    const taken = payments.filter(({ received }) => received > 0);
    const orderId = (taken[0] ?? payments[0])?.orderId ?? '';
    findings.check(
      taken.length <= 1,
      { orderId },
      () => `its key was captured ${taken.length} times: ${taken.map(({ id }) => id).join(', ')}`,
    );
  }
}

/** A payment that waits for its customer when its order does not: the customer can still pay by it. */
function checkNoneIsOpen(facts: Facts, findings: Findings): void {
  for (const { id, orderId, waitsForCustomer } of facts.evidence.payments) {
    const order = facts.orders.get(orderId ?? '');
    if (order === undefined) continue;
    findings.check(
      !waitsForCustomer || !AT_REST.has(order.status) || mayHaveMoved(facts, order),
      { orderId: order.id },
      () => `it is ${order.status}, and the customer can still pay by ${id}`,
    );
  }
}

function checkAmounts(facts: Facts, findings: Findings, order: FinalOrder, entry: LedgerOrder): void {
  const subject = { orderId: order.id };
  const { captured, captures, refunded, refunds, currency } = entry;
  const total = inGatewaysWords(order);
  const wrong = facts.wrongCharges.get(order.id);
  if (wrong !== undefined) {
    const { amount, currency: asked } = wrong.asked;
    findings.check(
      amount === total.amount && asked === total.currency,
      subject,
      `${amount} ${asked} was asked for, to be paid is ${total.amount} ${total.currency}`,
    );
  }
  // Its key may have been used with another input before, and that order lost; invariant 11 then checks the difference.
  if (captures === 1 && mayHaveMoved(facts, order)) return;
  // A wrong amount that a fault made the gateway take is owed back like any other money.
  const due = wrong?.charged ?? total;
  findings.check(
    currency === due.currency,
    subject,
    `charged in ${currency}, to be paid in ${due.currency.toUpperCase()}`,
  );
  findings.check(captured === captures * due.amount, subject, `${captured} was taken of ${due.amount}`);
  findings.check(refunded === refunds * due.amount, subject, `${refunded} was returned of ${due.amount}`);
}

/** The gateway writes currencies in lower case. */
function inGatewaysWords({ total: { amount, currency } }: FinalOrder): Money {
  return { amount, currency: currency.toLowerCase() };
}

function checkKept(facts: Facts, findings: Findings, order: FinalOrder): void {
  const { id: orderId, status, total } = order;
  const entry = facts.ledger.get(orderId);
  const wrong = facts.wrongCharges.get(orderId)?.charged;
  const kept = (entry?.captured ?? 0) - (entry?.refunded ?? 0);
  const subject = { orderId };
  const holds = (isKept: boolean) => isKept || mayHaveMoved(facts, order);
  switch (status) {
    case 'CONFIRMED':
      findings.check(
        holds(kept === total.amount),
        subject,
        `it is CONFIRMED, and ${kept} of ${total.amount} is kept`,
      );
      findings.check(
        wrong === undefined,
        subject,
        () => `it is CONFIRMED, and the gateway took ${wrong?.amount ?? 0} ${wrong?.currency ?? ''} for it`,
      );
      return;
    case 'PAYMENT_FAILED':
    case 'CANCELLED':
      findings.check(holds(kept === 0), subject, `it is ${status}, and ${kept} is kept`);
      return;
    default:
      // Not at rest, or waiting for an operator: the money may or may not have moved.
      findings.check(
        holds(kept >= 0 && kept <= (wrong ?? total).amount),
        subject,
        `${kept} of ${(wrong ?? total).amount} is kept`,
      );
  }
}
