import type { OrderTransitions } from '../../orders/transition-order.js';
import type { TransitionWrite } from '../../orders/transition.js';
import type { Database } from '../../platform/database/database.js';
import type { BookedPayment, GatewayBooks } from '../gateway-books.js';
import { refundKey } from '../gateway-keys.js';
import { GatewayUnavailableError, type PaymentGateway } from '../payment-gateway.js';
import { CloseDiscrepancy } from './close-discrepancy.js';
import { heldOf } from './discrepancy.js';
import { type ClaimedRefund, RefundClaims } from './refund-claims.js';

/**
 * returned: the money is back, and the discrepancy is closed. pending: it is on its way back; the discrepancy stays open
 * and claimed. not-open: closed before, claimed by somebody else, or an order counts on the payment by now. nothing-held:
 * there is no money to return.
 */
export type RefundOutcome = 'returned' | 'pending' | 'not-open' | 'nothing-held';

/** A refund rarely fails twice. */
const MAX_KEYS = 3;

/** The gateway refuses the refund for good. The discrepancy is open and unclaimed again. */
export class RefundRefusedError extends Error {
  /** @param reason one plain sentence for operators */
  constructor(readonly reason: string) {
    super(reason);
    this.name = 'RefundRefusedError';
  }
}

/**
 * Returns all that the gateway still holds of a discrepancy's payment, once. The decision is stored before the gateway
 * is asked, what is held is looked up first, and the refund has a derived key: safe to run any number of times,
 * concurrently, and to kill at any point. Reconciliation finishes what is claimed.
 */
export class RefundDiscrepancy {
  private readonly claims: RefundClaims;
  private readonly closeDiscrepancy: CloseDiscrepancy;

  constructor(
    database: Database,
    private readonly gateway: PaymentGateway,
    private readonly books: GatewayBooks,
    transitions: OrderTransitions,
  ) {
    this.claims = new RefundClaims(database);
    this.closeDiscrepancy = new CloseDiscrepancy(database, transitions);
  }

  /**
   * @param by the operator, or reconciliation
   * @param reason in the operator's own words, or one plain sentence
   * @param writes for the statement of the claim, such as its audit log entry; written once, however often this runs.
   * They select from `moved (id)`, which has the discrepancy where it is claimed
   * @throws GatewayUnavailableError where the outcome is unknown; the same call again settles it
   * @throws RefundRefusedError, what the database throws, and TooManyConflictsError
   */
  async run(
    discrepancy: { readonly id: string },
    by: string,
    reason: string,
    writes: readonly TransitionWrite[] = [],
  ): Promise<RefundOutcome> {
    const { id } = discrepancy;
    const found = await this.claims.find(id);
    if (found?.state !== 'OPEN' || (found.refundBy ?? by) !== by) return 'not-open';
    const payment = await this.retrieve(found.paymentId);
    const isHeld = heldOf(payment) > 0;
    if (found.refundBy === null) {
      if (!isHeld) return 'nothing-held';
      if (!(await this.claims.claim(id, { by, reason, writes }))) return 'not-open';
    }
    if (isHeld) await this.returnHeld(found);
    return this.complete(found, { by, reason: found.refundReason ?? reason });
  }

  /** Under a key of a refund that has failed since, the gateway only repeats its first answer: the next key is used. */
  private async returnHeld(claimed: ClaimedRefund): Promise<void> {
    for (let { keyNumber } = claimed, tries = 1; tries <= MAX_KEYS; keyNumber += 1, tries += 1) {
      await this.refund({ ...claimed, keyNumber });
      if (heldOf(await this.retrieve(claimed.paymentId)) === 0) return;
      await this.claims.consumeKey(claimed.id, keyNumber);
    }
    throw new GatewayUnavailableError('the payment gateway could not return the money');
  }

  private async refund(claimed: ClaimedRefund): Promise<void> {
    const { id, paymentId, keyNumber } = claimed;
    try {
      const answer = await this.gateway.refund(paymentId, refundKey(paymentId, keyNumber));
      if (typeof answer === 'string') return;
      const { gatewayCode, gatewayMessage } = answer.decline;
      const why = [gatewayCode, gatewayMessage].filter((part) => part !== null).join(': ');
      await this.claims.release(id);
      throw new RefundRefusedError(`The payment gateway refuses the refund for good (${why}).`);
    } catch (error) {
      if (error instanceof GatewayUnavailableError && error.keyConsumed)
        await this.claims.consumeKey(id, keyNumber);
      throw error;
    }
  }

  private async complete(
    { id, paymentId }: ClaimedRefund,
    decision: { readonly by: string; readonly reason: string },
  ): Promise<RefundOutcome> {
    const payment = await this.retrieve(paymentId);
    const received = { amount: payment.received, currency: payment.total.currency };
    const status = await this.gateway.retrieveRefundStatus(paymentId, received);
    if (status !== 'succeeded') return 'pending';
    await this.closeDiscrepancy.run(id, decision);
    return 'returned';
  }

  private async retrieve(paymentId: string): Promise<BookedPayment> {
    const payment = await this.books.retrieve(paymentId);
    if (payment.status === 'unknown') throw new GatewayUnavailableError(payment.reason);
    return payment;
  }
}
