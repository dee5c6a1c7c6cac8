import type { GatewayPayment, StoredDiscrepancy } from '../money.js';
import type { TableDump } from '../table-dump.js';
import { grouped } from './calls.js';
import { type Difference, differencesOf } from './differences.js';

/** The gateway's books, and what is stored about them. */
export interface Books {
  readonly payments: readonly GatewayPayment[];
  readonly dump: Pick<TableDump, 'orders' | 'payments' | 'discrepancies'>;
}

export interface Disagreement {
  readonly payment: GatewayPayment;
  readonly what: string;
}

/** Every difference that is not listed, and every listed one that isn't there. */
export function disagreements({ payments, dump }: Books): Disagreement[] {
  const orders = new Map(dump.orders.map((order) => [order.id, order]));
  const countingIds = new Map(dump.payments.map(({ orderId, paymentId }) => [orderId, paymentId]));
  const ownerIds = new Map(dump.payments.map(({ orderId, paymentId }) => [paymentId, orderId]));
  const listed = grouped(dump.discrepancies, ({ paymentId }) => paymentId);
  return payments.flatMap((payment) => {
    const orderId = ownerIds.get(payment.id) ?? payment.orderId ?? '';
    const order = orders.get(orderId);
    const differences = differencesOf(payment, order, countingIds.get(orderId));
    const about = listed.get(payment.id) ?? [];
    return [
      ...differences.flatMap((difference) => missing(difference, about)),
      ...about.flatMap((entry) => invented(entry, differences, order?.id ?? null)),
      ...repeated(about),
    ].map((what) => ({ payment, what: `the payment ${payment.id}: ${what}` }));
  });
}

function missing({ kind, isDue }: Difference, listed: readonly StoredDiscrepancy[]): string[] {
  const isKnown = listed.some((entry) => entry.kind === kind && (isOpen(entry) || wasAccepted(entry)));
  return isDue && !isKnown ? [`${kind} is not listed`] : [];
}

/** An operator has seen it, and decided that nothing is to be done. */
function wasAccepted({ state, refundBy, resolvedBy }: StoredDiscrepancy): boolean {
  return state === 'RESOLVED' && refundBy === null && resolvedBy !== 'reconciliation';
}

function invented(
  { id, kind, state, foundAmount, orderId }: StoredDiscrepancy,
  differences: readonly Difference[],
  expectedOrderId: string | null,
): string[] {
  if (state !== 'OPEN') return [];
  const difference = differences.find((one) => one.kind === kind);
  if (difference === undefined) return [`${kind} is listed (${id}), and there is no such difference`];
  const { found } = difference;
  return [
    ...(foundAmount !== null && !found.includes(foundAmount)
      ? [`${kind} is listed with ${foundAmount} found, and it is ${found.join(' or ')}`]
      : []),
    ...(orderId === expectedOrderId
      ? []
      : [
          `${kind} is listed for ${orderId ?? 'no order'}, and belongs to ${expectedOrderId ?? 'none that is stored'}`,
        ]),
  ];
}

function repeated(listed: readonly StoredDiscrepancy[]): string[] {
  const byKind = grouped(listed.filter(isOpen), ({ kind }) => kind);
  return [...byKind].flatMap(([kind, { length }]) =>
    length > 1 ? [`${kind} is listed ${length} times`] : [],
  );
}

function isOpen({ state }: StoredDiscrepancy): boolean {
  return state === 'OPEN';
}
