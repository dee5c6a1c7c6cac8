import type { Config } from '../config/config.js';
import type { Database } from '../platform/database/database.js';
import { log } from '../platform/observability/logger.js';
import { amountMismatch } from './amount-mismatch.js';
import type { Attempt } from './attempts.js';
import type { BookedPayment, GatewayBooks } from './gateway-books.js';
import { GatewayUnavailableError, type PaymentGateway } from './payment-gateway.js';
import { adoptPayment, type EarlierPaymentIntent, finishedRefunds } from './payment-intents.js';
import type { WorkOrder } from './work-order.js';

/**
 * none: the gateway has no payment under the order key. spent: none of them can ever succeed, and none holds money.
 * adopted: stored as the order's payment. superseded: the order has moved on. returned: the money was taken and
 * returned, so no more may be taken under this key.
 */
export type EarlierPayment =
  | { readonly kind: 'none' | 'spent' | 'superseded' }
  | { readonly kind: 'adopted'; readonly paymentIntentId: string }
  | { readonly kind: 'returned'; readonly why: string };

/** Orders come to rest again soon after the gap is covered. */
const MAX_WAIT_MS = 5_000;

/**
 * Finds the payment that an earlier order under the same key has made, and that PostgreSQL has lost. It is looked for
 * where commits may be lost, where reconciliation has listed one, and where the gateway says that the key was used.
 */
export class EarlierPayments {
  constructor(
    private readonly database: Database,
    private readonly gateway: PaymentGateway,
    private readonly books: GatewayBooks,
    private readonly config: Pick<Config, 'payment'>,
  ) {}

  /** Whether the order may have one that is not stored. */
  mayExist({ gapAgeMs, orphanPaymentIds }: WorkOrder): boolean {
    return gapAgeMs !== null || orphanPaymentIds.length > 0;
  }

  /**
   * Looks for an earlier payment, and stores what can still succeed, or has, as the order's own.
   * @throws GatewayUnavailableError where the gateway has not indexed everything yet, or gave no definite answer
   */
  async adopt(order: WorkOrder, attempt: Attempt): Promise<EarlierPayment> {
    return this.adoptOneOf(order, await this.search(order, attempt));
  }

  /** The same among these. @throws GatewayUnavailableError where the gateway gave no definite answer */
  async adoptOneOf(order: WorkOrder, ids: readonly string[]): Promise<EarlierPayment> {
    if (ids.length === 0) return { kind: 'none' };
    // Before the payments are read: what one holds after its refund was finished, the bank has sent back.
    const finishedRefundIds = await finishedRefunds(this.database, ids);
    const payments = await Promise.all(ids.map((id) => this.books.retrieve(id)));
    const found = payments.filter((payment): payment is BookedPayment => payment.status !== 'unknown');
    if (found.length === 0) return { kind: 'none' };
    const taken = found.filter(({ received }) => received > 0);
    const holding = taken.find(({ received, returned }) => received > returned);
    const chosen = holding ?? (taken.length > 0 ? undefined : await this.chooseOpen(order, found));
    if (chosen !== undefined)
      return this.store({ orderId: order.id, paymentIntentId: chosen.id, finishedRefundIds });
    if (taken.length === 0) return { kind: 'spent' };
    const why = `The payment ${taken.map(({ id }) => id).join(', ')} was made under the same key before, and its money was returned.`;
    return { kind: 'returned', why };
  }

  private async search(order: WorkOrder, attempt: Attempt): Promise<string[]> {
    const { orderKey, gapAgeMs, orphanPaymentIds } = order;
    const { searchDelayMs } = this.config.payment;
    const indexedMs = gapAgeMs ?? attempt.sinceFirstMs;
    // Once the gap is covered, all that is listed is known.
    const isKnown = gapAgeMs === null && orphanPaymentIds.length > 0;
    if (!isKnown && indexedMs < searchDelayMs)
      throw new GatewayUnavailableError('an earlier payment under the same key is being looked for', {
        isGlobal: true,
        retryAfterMs: Math.min(MAX_WAIT_MS, Math.ceil(searchDelayMs - indexedMs)),
      });
    // Only the ids: the search may show an old state.
    const searched = (await this.books.search(orderKey)).map(({ id }) => id);
    return [...new Set([...orphanPaymentIds, ...searched])];
  }

  /** Cancels all but the one that can be confirmed, so that no late worker can; if one has succeeded, it is that one. */
  private async chooseOpen(
    order: WorkOrder,
    found: readonly BookedPayment[],
  ): Promise<BookedPayment | undefined> {
    const isOpen = ({ status }: BookedPayment) => status === 'unconfirmed' || status === 'processing';
    // The oldest: a search that is behind misses the newest.
    const chosen = found.findLast(
      (payment) => isOpen(payment) && amountMismatch(order, { total: payment.total }) === undefined,
    );
    for (const { id, status } of found) {
      if (id === chosen?.id || status === 'cancelled') continue;
      const { status: after } = await this.gateway.cancelPaymentIntent(id);
      if (after !== 'cancelled')
        throw new GatewayUnavailableError(`the earlier payment ${id} has just changed`, { isGlobal: true });
    }
    return chosen;
  }

  private async store(earlier: EarlierPaymentIntent): Promise<EarlierPayment> {
    const { orderId, paymentIntentId: id } = earlier;
    // Before it is stored: what is stored once is not looked for again.
    await this.books.assign(id, orderId);
    const stored = await adoptPayment(this.database, earlier);
    if (stored === 'being-returned')
      throw new GatewayUnavailableError(`the earlier payment ${id} is being returned`, { isGlobal: true });
    if (stored === undefined) return { kind: 'superseded' };
    log.warn({ orderId, paymentId: stored }, 'an earlier payment under the same key was adopted');
    return { kind: 'adopted', paymentIntentId: stored };
  }
}
