import type { FinalOrder, LedgerOrder } from '../evidence.js';
import type { Facts } from './facts.js';
import { Findings, type Judgement } from './findings.js';

/** 4: the gateway took an order's money at most once, and keeps it only where the order is confirmed. */
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
      if (order !== undefined) checkAmounts(findings, order, entry);
    }
  }
  for (const order of facts.orders.values()) checkKept(facts, findings, order);
  return findings.judgement();
}

function checkAmounts(findings: Findings, { id: orderId, total }: FinalOrder, entry: LedgerOrder): void {
  const subject = { orderId };
  const { captured, captures, refunded, refunds, currency } = entry;
  // The gateway writes them in lower case.
  const same = currency.toUpperCase() === total.currency;
  findings.check(same, subject, `charged in ${currency}, to be paid in ${total.currency}`);
  findings.check(captured === captures * total.amount, subject, `${captured} was taken of ${total.amount}`);
  findings.check(refunded === refunds * total.amount, subject, `${refunded} was returned of ${total.amount}`);
}

function checkKept(facts: Facts, findings: Findings, order: FinalOrder): void {
  const { id: orderId, status, total } = order;
  const entry = facts.ledger.get(orderId);
  const kept = (entry?.captured ?? 0) - (entry?.refunded ?? 0);
  const subject = { orderId };
  switch (status) {
    case 'CONFIRMED':
      findings.check(
        kept === total.amount,
        subject,
        `it is CONFIRMED, and ${kept} of ${total.amount} is kept`,
      );
      return;
    case 'PAYMENT_FAILED':
    case 'CANCELLED':
      findings.check(kept === 0, subject, `it is ${status}, and ${kept} is kept`);
      return;
    default:
      // Not at rest, or waiting for an operator: the money may have moved or not.
      findings.check(kept >= 0 && kept <= total.amount, subject, `${kept} of ${total.amount} is kept`);
  }
}
