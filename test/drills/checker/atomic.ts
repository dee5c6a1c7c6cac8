import { type Facts } from './facts.js';
import { Findings, type Judgement } from './findings.js';

/** Creation, the next payment, a cancellation that has to return money, and an operator's retry. */
const CAUSES_WORK: ReadonlySet<string> = new Set([
  'ORDER_CREATED',
  'PAYMENT_REQUESTED',
  'CANCELLATION_REQUESTED',
  'DEAD_LETTER_RETRIED',
]);

/** 3: an order, its items, its events and its messages exist together or not at all. */
export function atomic(facts: Facts): Judgement {
  const findings = new Findings(facts);
  for (const { id: orderId, items, events, status, version } of facts.orders.values()) {
    const subject = { orderId };
    findings.check(items.length > 0, subject, 'it has no items');
    const [first] = events;
    const born =
      first?.version === 1 &&
      first.type === 'ORDER_CREATED' &&
      first.status === 'PENDING' &&
      first.previousStatus === null;
    findings.check(born, subject, 'its first event is not ORDER_CREATED, version 1, PENDING');
    const newest = events.at(-1);
    findings.check(
      newest?.status === status && newest.version === version,
      subject,
      `it is ${status} in version ${version}, and its newest event ${newest?.status ?? ''} in version ${newest?.version ?? 0}`,
    );
    const row = facts.rows.get(orderId);
    // Invariant 2 reports an order without a row.
    if (row === undefined) continue;
    findings.check(row.itemCount === items.length, subject, `${row.itemCount} items stand in the tables`);
    findings.check(row.eventCount === events.length, subject, `${row.eventCount} events stand in the tables`);
    const due = events.filter(({ type }) => CAUSES_WORK.has(type)).length;
    findings.check(
      row.messageCount >= due,
      subject,
      `it has ${row.messageCount} messages, and ${due} were due`,
    );
  }
  for (const { orderId, what, at } of facts.evidence.glimpses) {
    findings.check(false, { orderId }, `seen in one look at ${Math.round(at)} ms: ${what}`);
  }
  return findings.judgement();
}
