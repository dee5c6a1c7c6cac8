import { isFinal } from '../../orders/lifecycle.js';
import type { OrderTransitions } from '../../orders/transition-order.js';
import type { Database } from '../../platform/database/database.js';
import { log } from '../../platform/observability/logger.js';
import type { BookedPayment, GatewayBooks } from '../gateway-books.js';
import { AttachPayments } from './attach-payments.js';
import { CloseDiscrepancy } from './close-discrepancy.js';
import { comparePayment, type KnownOrder } from './compare-payment.js';
import { RECONCILIATION } from './discrepancy.js';
import { changesOf, type DiscrepancyChanges } from './discrepancy-changes.js';
import { noteHints } from './hints.js';
import { knownOrders, noteMissingOrders } from './known-orders.js';
import { noteLostPayments } from './lost-payments.js';
import { RecordDifferences } from './record-differences.js';
import { retrievePayment } from './retrieve-payment.js';
import { noteCompared, type StoredDiscrepancy, storedDiscrepancies } from './stored-discrepancies.js';

export interface Checked {
  readonly compared: number;
  /** New discrepancies. */
  readonly found: number;
  /** Discrepancies that are no difference any more. */
  readonly closed: number;
}

/**
 * Compares payments with their orders, and stores what has changed. Nothing that is only under way is taken for a
 * difference: before one of an order is stored, the payment is read once more after the order, and the order must still
 * have that version when it is stored.
 */
export class CheckPayments {
  private readonly attachPayments: AttachPayments;
  private readonly recordDifferences: RecordDifferences;
  private readonly closeDiscrepancy: CloseDiscrepancy;

  constructor(
    private readonly database: Database,
    private readonly books: GatewayBooks,
    transitions: OrderTransitions,
  ) {
    this.attachPayments = new AttachPayments(database, transitions);
    this.recordDifferences = new RecordDifferences(database, transitions);
    this.closeDiscrepancy = new CloseDiscrepancy(database, transitions);
  }

  /**
   * @param payments read before this call: an order is stored before its payment is made, so one that is missing after
   * its payment was read is not stored
   * @param isGap PostgreSQL may have lost what its orders stored of these payments
   * @throws GatewayUnavailableError, and what the database throws; the same call again does the rest
   */
  async run(payments: readonly BookedPayment[], isGap = false): Promise<Checked> {
    if (payments.length === 0) return { compared: 0, found: 0, closed: 0 };
    const orders = await knownOrders(this.database, payments);
    const attached = await this.attachPayments.run(payments, orders);
    if (attached.length > 0)
      for (const [id, order] of await knownOrders(this.database, attached)) orders.set(id, order);
    const lost = payments.filter(({ id }) => !orders.has(id));
    await noteMissingOrders(this.database, lost);
    await noteLostPayments(
      this.database,
      isGap ? payments.filter((payment) => isBesideOrder(payment, orders.get(payment.id))) : lost,
    );
    const stored = await storedDiscrepancies(
      this.database,
      payments.map(({ id }) => id),
    );
    const changes: DiscrepancyChanges[] = [];
    for (const payment of payments)
      changes.push(await this.changesOf(payment, orders.get(payment.id), stored.get(payment.id) ?? []));
    const checked = await this.store(changes);
    const unchanged = [...stored.values()].flat().filter((each) => each.isOpen && !hasRefund(each));
    await noteCompared(
      this.database,
      unchanged.map(({ id }) => id),
    );
    return { compared: payments.length, ...checked };
  }

  private async changesOf(
    payment: BookedPayment,
    order: KnownOrder | undefined,
    stored: readonly StoredDiscrepancy[],
  ): Promise<DiscrepancyChanges> {
    const changes = changesOf(comparePayment(payment, order), stored);
    if (!needsSecondLook(payment, order, changes)) return changes;
    const now = await retrievePayment(this.database, this.books, payment.id);
    if (now === undefined || now.status === 'unknown') return NO_CHANGES;
    return changesOf(comparePayment(now, order), stored);
  }

  private async store(changes: readonly DiscrepancyChanges[]): Promise<Omit<Checked, 'compared'>> {
    const { found, movedPaymentIds } = await this.recordDifferences.run({
      added: changes.flatMap(({ added }) => added),
      changed: changes.flatMap(({ changed }) => changed),
    });
    await noteHints(this.database, movedPaymentIds);
    let closed = 0;
    for (const { id, kind, paymentId } of changes.flatMap(({ gone }) => gone)) {
      if (!(await this.closeDiscrepancy.run(id, GONE))) continue;
      log.info({ kind, paymentId }, 'the gateway and the orders agree again');
      closed += 1;
    }
    return { found, closed };
  }
}

const NO_CHANGES: DiscrepancyChanges = { added: [], changed: [], gone: [] };
const GONE = { by: RECONCILIATION, reason: 'The gateway and the orders agree again.' };

/** Whether its turn is for more than the comparison, see return-money.ts. */
function hasRefund({ kind, isClaimed }: StoredDiscrepancy): boolean {
  return isClaimed || kind === 'DOUBLE_PAYMENT';
}

/** Whether a later charge has to know of it: no order has stored it, and its own may be charged, or is not stored. */
function isBesideOrder({ id }: BookedPayment, order: KnownOrder | undefined): boolean {
  return order === undefined || (order.paymentIntentId !== id && !isFinal(order.status));
}

/** The state of a dispute is not in a list, and an order may have moved since its payment was read. */
function needsSecondLook(
  { dispute }: BookedPayment,
  order: KnownOrder | undefined,
  { added, changed, gone }: DiscrepancyChanges,
): boolean {
  const isAboutOrder = order !== undefined && added.length + changed.length > 0;
  return dispute === 'disputed' || gone.length > 0 || isAboutOrder;
}
