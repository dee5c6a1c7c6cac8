import { OrderQueries } from '../../src/orders/order-queries.js';
import { PayOrder } from '../../src/orders/pay-again/pay-order.js';
import type { OrderTransitions } from '../../src/orders/transition-order.js';
import { RelayWakeUp } from '../../src/outbox/relay-wake-up.js';
import { CompletePaymentAction } from '../../src/payments/complete-payment-action.js';
import type { BookedPayment } from '../../src/payments/gateway-books.js';
import type { OrderSteps } from './order-steps.js';

/** The calls of payOrder, each with a key of its own: repeated, it is the same call. */
const PAYMENTS = {
  'pay again': 'pm_card_visa',
  'pay again with the bank': 'pm_card_threeDSecure2Required',
  'pay again in vain': 'pm_card_chargeDeclined',
} as const;
export type PayAgain = keyof typeof PAYMENTS;
/** No run takes longer. */
const PAYMENTS_OF_MS = 600_000;

/** The customer whose bank asks about an order's payments, step by step. */
export class OrderPayer {
  constructor(
    private readonly steps: OrderSteps,
    private readonly orderId: string,
  ) {}

  /** All of the order's payments at the gateway, whether the order has stored them or not; newest first. */
  async payments(): Promise<readonly BookedPayment[]> {
    const [from, to] = [-1, 1].map((sign) => new Date(Date.now() + sign * PAYMENTS_OF_MS)) as [Date, Date];
    const { entries } = await this.steps.books.listPayments({ from, to, afterId: null });
    return entries.filter(({ orderId }) => orderId === this.orderId);
  }

  /** The customer presses a button of the bank's page, in one tab or another. Only a payment that waits takes it. */
  async authenticate(which: number, outcome: 'succeeded' | 'failed'): Promise<void> {
    const payments = await this.payments();
    const payment = payments[which % payments.length];
    if (payment !== undefined) await this.steps.sandbox.answerBank(payment.id, outcome);
  }

  /** The customer says that the payment is authenticated. */
  async complete(): Promise<void> {
    const { app, database } = this.steps;
    const queries = app.get(OrderQueries, { strict: false });
    const completion = new CompletePaymentAction(database, queries, app.get(RelayWakeUp, { strict: false }));
    await completion.run(this.orderId, 'all');
  }

  /** The payment has waited for its customer for as long as it may. */
  async timeIsUp(): Promise<void> {
    await this.steps.select(
      `UPDATE payments SET action_expires_at = now() - interval '1 second'
       WHERE order_id = $1 AND action_expires_at IS NOT NULL`,
      [this.orderId],
    );
  }

  /** The event that the gateway would send now. The same event is sent repeatedly. */
  async event() {
    const payments = await this.payments();
    const payment = payments.find(({ status }) => status === 'succeeded') ?? payments[0];
    const type =
      payment?.status === 'succeeded' ? 'payment_intent.succeeded' : 'payment_intent.payment_failed';
    const total = { amount: 1_980, currency: 'EUR' };
    return {
      id: `evt-${type}-${payment?.id ?? this.orderId}`,
      type,
      paymentIntentId: payment?.id,
      payment: { total, received: total },
    };
  }

  /** As the customer's client calls it. */
  async payAgain(call: PayAgain, customerId: string, transitions: OrderTransitions): Promise<unknown> {
    const { app, config, database } = this.steps;
    const queries = app.get(OrderQueries, { strict: false });
    const wakeUp = app.get(RelayWakeUp, { strict: false });
    return new PayOrder(database, queries, transitions, wakeUp, config).run({
      orderId: this.orderId,
      customerId,
      idempotencyKey: call,
      paymentMethod: PAYMENTS[call],
      visibleTo: 'all',
      actor: 'customer',
    });
  }
}
