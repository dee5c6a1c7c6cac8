import { createHash } from 'node:crypto';
import type { FinalOrder } from '../evidence.js';
import type { GatewayPayment } from '../money.js';
import type { Facts } from './facts.js';

/** An order's name at the gateway, which it shares with every order under the same key. */
export function orderKeyOf(customer: string, key: string): string {
  return createHash('sha256').update(`${customer}\n${key}`).digest('hex');
}

/** The gateway's payments that name the order or its key. */
export function paymentsFor(facts: Facts, { id, idempotencyKey }: FinalOrder): GatewayPayment[] {
  const owner = facts.owners.get(id)?.[0] ?? '';
  const named = facts.paymentsOf.get(id) ?? [];
  return [...new Set([...named, ...(facts.paymentsUnder.get(orderKeyOf(owner, idempotencyKey)) ?? [])])];
}

/**
 * Whether something other than a defect can have moved an order's money: a fault did it at the gateway, or PostgreSQL
 * has lost what was done. Invariant 11 checks that the difference is listed.
 */
export function mayHaveMoved(facts: Facts, order: FinalOrder): boolean {
  const payments = paymentsFor(facts, order);
  const ids = new Set(payments.map(({ id }) => id));
  const { outside } = facts.evidence;
  return (
    outside.some(({ paymentId, kind }) => kind !== 'dispute' && ids.has(paymentId)) ||
    payments.some(({ createdAt }) => facts.rewinds.atClock(createdAt) !== undefined) ||
    facts.cancelsOf.get(order.id)?.some((call) => facts.rewinds.at(call) !== undefined) === true
  );
}
