import type { FinalOrder, LedgerOrder } from '../evidence.js';
import type { Money } from '../money.js';
import type { Facts } from './facts.js';
import { Findings, type Judgement } from './findings.js';

/** 4: the gateway took an order's money at most once, and keeps it only if the order is confirmed. */
export function oneCharge(facts: Facts): Judgement {
  const findings = new Findings(facts);
  const { ledger } = facts.evidence;
  findings.check(ledger.length === facts.ledger.size, 'the run', 'the ledger names an order twice');
  for (const entry of ledger) {
    const order = facts.orders.get(entry.orderId);
    const subject = { orderId: entry.orderId };
    findings.check(entry.captures <= 1, subject, `${entry.captures} captures`);
    findings.check(entry.refunds <= 1, subject, `${entry.refunds} refunds`);
    findings.check(
      entry.refunded <= entry.captured,
      subject,
      `${entry.refunded} was returned of ${entry.captured}`,
    );
    if (findings.check(order !== undefined, subject, 'the gateway knows it, and nobody else does')) {
      if (order !== undefined) checkAmounts(facts, findings, order, entry);
    }
  }
  for (const order of facts.orders.values()) checkKept(facts, findings, order);
  return findings.judgement();
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
  switch (status) {
    case 'CONFIRMED':
      findings.check(
        kept === total.amount,
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
      findings.check(kept === 0, subject, `it is ${status}, and ${kept} is kept`);
      return;
    default:
      // Not at rest, or waiting for an operator: the money may or may not have moved.
      findings.check(
        kept >= 0 && kept <= (wrong ?? total).amount,
        subject,
        `${kept} of ${(wrong ?? total).amount} is kept`,
      );
  }
}
