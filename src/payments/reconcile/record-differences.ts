import { statusAfter } from '../../orders/lifecycle.js';
import type { OrderTransitions } from '../../orders/transition-order.js';
import type { Database } from '../../platform/database/database.js';
import { log } from '../../platform/observability/logger.js';
import type { Difference, KnownOrder } from './compare-payment.js';
import type { DiscrepancyKind } from './discrepancy.js';
import type { DiscrepancyChanges } from './discrepancy-changes.js';
import { storeQuietly, storeWithEvent } from './discrepancy-rows.js';

/** For the customer. */
const DETAILS: Readonly<Record<DiscrepancyKind, string>> = {
  ORPHAN_PAYMENT: 'A payment without an order was found. The shop is looking into it.',
  DOUBLE_PAYMENT: 'A second payment for this order was found. The shop is looking into it.',
  AMOUNT_MISMATCH: "The amount paid is not the order's total. The shop is looking into it.",
  REFUNDED_OUTSIDE: 'Money of this order was returned, although it was not cancelled here.',
  DISPUTED: 'The payment of this order was disputed at the bank.',
  REFUND_FAILED: 'The money could not be returned after all. The shop is looking into it.',
};

/** What was stored, and what has to be compared again, since its order has moved on in the meantime. */
export interface Recorded {
  readonly found: number;
  readonly movedPaymentIds: readonly string[];
}

interface ToldOrder {
  readonly order: KnownOrder;
  readonly differences: readonly Difference[];
}

/** Stores new and changed differences. Where the order's history tells of them, the event is in the same statement. */
export class RecordDifferences {
  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
  ) {}

  /** @throws what the database throws */
  async run({ added, changed }: Pick<DiscrepancyChanges, 'added' | 'changed'>): Promise<Recorded> {
    const told = toldOrders(added);
    const quiet = [...added.filter((difference) => !isTold(difference)), ...changed];
    const stored = await storeQuietly(this.database, quiet);
    const isStored = ({ kind, paymentId }: Difference) =>
      stored.some((row) => row.kind === kind && row.paymentId === paymentId);
    const isNew = ({ kind, paymentId }: Difference) =>
      stored.some((row) => row.isNew && row.kind === kind && row.paymentId === paymentId);
    const found = quiet.filter(isNew);
    const moved = quiet.filter((difference) => !isStored(difference));
    for (const { order, differences } of told)
      ((await this.tell(order, differences)) ? found : moved).push(...differences);
    for (const { kind, paymentId, order } of found)
      log.warn({ kind, paymentId, orderId: order?.id }, 'the gateway and the orders differ');
    return { found: found.length, movedPaymentIds: moved.map(({ paymentId }) => paymentId) };
  }

  /** One event for all differences of an order. @returns false where the order has moved on */
  private async tell(order: KnownOrder, differences: readonly Difference[]): Promise<boolean> {
    const version = await this.transitions.apply(
      {
        orderId: order.id,
        type: 'DISCREPANCY_FOUND',
        from: order,
        actor: 'recovery',
        detail: [...new Set(differences.map(({ kind }) => DETAILS[kind]))].join(' '),
        note: differences
          .map(({ kind, paymentId, detail }) => `${kind} of ${paymentId}: ${detail}`)
          .join(' '),
      },
      [storeWithEvent(differences)],
    );
    return version !== undefined;
  }
}

function isTold({ order }: Difference): boolean {
  return order !== undefined && statusAfter('DISCREPANCY_FOUND', order.status) !== undefined;
}

function toldOrders(added: readonly Difference[]): ToldOrder[] {
  const byOrder = new Map<string, ToldOrder>();
  for (const difference of added) {
    const { order } = difference;
    if (order === undefined || !isTold(difference)) continue;
    const before = byOrder.get(order.id)?.differences ?? [];
    byOrder.set(order.id, { order, differences: [...before, difference] });
  }
  return [...byOrder.values()];
}
