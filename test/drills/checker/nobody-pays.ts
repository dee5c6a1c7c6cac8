import type { Facts } from './facts.js';
import { Findings, type Judgement } from './findings.js';
import { orderKeyOf } from './moved-money.js';
import { checkRefusals } from './refusals.js';

/** 12: nobody pays for another: neither with money, nor by waiting for an order that the gateway refuses. */
export function nobodyPaysForAnother(facts: Facts): Judgement {
  const findings = new Findings(facts);
  checkOwnPayments(facts, findings);
  checkRefusals(facts, findings);
  return findings.judgement();
}

/** An order is paid by a payment of its own customer and key, and by no other order's. */
function checkOwnPayments(facts: Facts, findings: Findings): void {
  const { payments, dump } = facts.evidence;
  const byId = new Map(payments.map((payment) => [payment.id, payment]));
  for (const { orderId, paymentId } of dump.payments) {
    const payment = byId.get(paymentId);
    findings.check(payment !== undefined, { orderId }, `its payment ${paymentId} is not the gateway's`);
    findings.check(
      (payment?.orderId ?? orderId) === orderId,
      { orderId },
      `its payment ${paymentId} names the order ${payment?.orderId ?? ''}`,
    );
  }
  for (const { id, orderId, orderKey } of payments) {
    const row = facts.rows.get(orderId ?? '');
    if (row === undefined || orderId === null) continue;
    findings.check(
      orderKey === orderKeyOf(row.customerId, row.idempotencyKey),
      { orderId },
      `the payment ${id} is of another customer or key`,
    );
  }
}
