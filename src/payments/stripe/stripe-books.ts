import type { Stripe } from 'stripe';
import type { Config } from '../../config/config.js';
import type {
  BookedPayment,
  BookPage,
  BookWindow,
  ChangedPayment,
  DisputeState,
  GatewayBooks,
} from '../gateway-books.js';
import type { UnknownPayment } from '../payment-gateway.js';
import { stripeClient } from './stripe-client.js';
import { unavailable, unknownPaymentIn } from './stripe-errors.js';
import { statusOf } from './stripe-objects.js';
import { fromStripeAmount } from './stripe-units.js';

/** Stripe's maximum. */
const PAGE_SIZE = 100;

interface Listed<Entry> {
  readonly data: readonly Entry[];
  readonly has_more: boolean;
}

/** Reads all payments of the account. @see https://docs.stripe.com/api/pagination */
export class StripeBooks implements GatewayBooks {
  private readonly stripe: Stripe;
  private readonly maxRetryAfterMs: number;

  constructor(config: Config['payment']) {
    this.stripe = stripeClient(config);
    this.maxRetryAfterMs = config.maxRetryAfterMs;
  }

  async listPayments(window: BookWindow): Promise<BookPage<BookedPayment>> {
    const page = await this.ask(() =>
      this.stripe.paymentIntents.list({ ...pageOf(window), expand: ['data.latest_charge'] }),
    );
    return { entries: page.data.map(toBookedPayment), afterId: nextAfter(page) };
  }

  async listChanged(list: 'refunds' | 'disputes', window: BookWindow): Promise<BookPage<ChangedPayment>> {
    const page = await this.ask(async (): Promise<Listed<Stripe.Refund | Stripe.Dispute>> =>
      list === 'refunds'
        ? await this.stripe.refunds.list(pageOf(window))
        : await this.stripe.disputes.list(pageOf(window)),
    );
    return { entries: page.data.flatMap(toChangedPayment), afterId: nextAfter(page) };
  }

  async retrieve(id: string): Promise<BookedPayment | UnknownPayment> {
    try {
      const intent = await this.stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] });
      const payment = toBookedPayment(intent);
      if (payment.dispute === 'none') return payment;
      const disputes = await this.stripe.disputes.list({ payment_intent: id, limit: PAGE_SIZE });
      return { ...payment, dispute: disputeState(disputes.data) };
    } catch (error) {
      const unknown = unknownPaymentIn(error, id);
      if (unknown !== undefined) return unknown;
      throw unavailable(error, this.maxRetryAfterMs);
    }
  }

  async search(orderKey: string): Promise<BookedPayment[]> {
    const query = `metadata['order_key']:'${orderKey}'`;
    const found = await this.ask(() =>
      this.stripe.paymentIntents.search({ query, limit: PAGE_SIZE, expand: ['data.latest_charge'] }),
    );
    return found.data.map(toBookedPayment);
  }

  async assign(id: string, orderId: string): Promise<void> {
    await this.ask(() => this.stripe.paymentIntents.update(id, { metadata: { order_id: orderId } }));
  }

  private async ask<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw unavailable(error, this.maxRetryAfterMs);
    }
  }
}

function pageOf({ from, to, afterId }: BookWindow) {
  return {
    created: { gte: Math.floor(from.getTime() / 1_000), lte: Math.floor(to.getTime() / 1_000) },
    limit: PAGE_SIZE,
    ...(afterId === null ? {} : { starting_after: afterId }),
  };
}

function nextAfter(page: Listed<{ readonly id: string }>): string | null {
  return page.has_more ? (page.data.at(-1)?.id ?? null) : null;
}

function toBookedPayment(intent: Stripe.PaymentIntent): BookedPayment {
  const { currency, metadata } = intent;
  const charge = typeof intent.latest_charge === 'object' ? intent.latest_charge : null;
  return {
    id: intent.id,
    createdAt: new Date(intent.created * 1_000),
    status: statusOf(intent),
    total: fromStripeAmount(intent.amount, currency),
    received: fromStripeAmount(intent.amount_received, currency).amount,
    returned: fromStripeAmount(charge?.amount_refunded ?? 0, currency).amount,
    dispute: charge?.disputed === true ? 'disputed' : 'none',
    orderId: metadata['order_id'] ?? null,
    orderKey: metadata['order_key'] ?? null,
  };
}

/** Inquiries (warning_…) take no money. @see https://docs.stripe.com/disputes/how-disputes-work */
const OPEN_DISPUTE: ReadonlySet<string> = new Set([
  'needs_response',
  'under_review',
  'appeal_needs_response',
  'appeal_under_review',
]);

function disputeState(disputes: readonly Stripe.Dispute[]): DisputeState {
  if (disputes.some(({ status }) => OPEN_DISPUTE.has(status))) return 'open';
  return disputes.some(({ status }) => status === 'lost') ? 'lost' : 'won';
}

/** None where it is not about a PaymentIntent: another program's, of an old kind. */
function toChangedPayment({ payment_intent: intent, created, status }: Stripe.Refund | Stripe.Dispute) {
  const paymentId = idOf(intent);
  if (paymentId === undefined) return [];
  const hasFailed = status === 'failed' || status === 'canceled';
  return [{ paymentId, createdAt: new Date(created * 1_000), hasFailed }];
}

function idOf(reference: string | { readonly id: string } | null): string | undefined {
  return typeof reference === 'string' ? reference : reference?.id;
}
