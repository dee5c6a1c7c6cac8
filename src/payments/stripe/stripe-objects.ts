import type { Stripe } from 'stripe';
import { GatewayUnavailableError, type PaymentIntent, type RefundStatus } from '../payment-gateway.js';
import { toDecline } from './stripe-errors.js';
import { fromStripeAmount } from './stripe-units.js';

/** @see https://docs.stripe.com/refunds#failed-refunds */
export function toRefundStatus({ status }: Stripe.Refund): RefundStatus {
  if (status === 'succeeded' || status === 'pending') return status;
  return status === 'requires_action' ? 'pending' : 'none';
}

/** 0 where the charge is not expanded. In Stripe's unit. */
function returnedOf({ latest_charge: charge }: Stripe.PaymentIntent): number {
  return typeof charge === 'object' && charge !== null ? charge.amount_refunded : 0;
}

/** @see https://docs.stripe.com/payments/paymentintents/lifecycle */
export function toPaymentIntent(intent: Stripe.PaymentIntent): PaymentIntent {
  const { id, status, amount, amount_received: received, currency } = intent;
  const payment = { id, total: fromStripeAmount(amount, currency) };
  switch (status) {
    case 'succeeded':
      return {
        ...payment,
        status: 'succeeded',
        received: fromStripeAmount(received, currency),
        returned: fromStripeAmount(returnedOf(intent), currency).amount,
      };
    case 'processing':
      return { ...payment, status: 'processing' };
    case 'requires_confirmation':
      return { ...payment, status: 'unconfirmed' };
    case 'requires_payment_method':
      return { ...payment, status: 'declined', decline: toDecline(intent.last_payment_error ?? {}) };
    case 'requires_action':
      return { ...payment, status: 'requires-action', clientSecret: intent.client_secret ?? '' };
    case 'canceled':
      return {
        ...payment,
        status: 'cancelled',
        decline: intent.last_payment_error === null ? null : toDecline(intent.last_payment_error),
      };
    case 'requires_capture':
    default:
      throw new GatewayUnavailableError(`the gateway reports the payment as ${status}`);
  }
}

/** As toPaymentIntent(), for payments of any kind: other programs' may be authorized first and captured later. */
export function statusOf({ status }: Stripe.PaymentIntent): PaymentIntent['status'] {
  switch (status) {
    case 'succeeded':
      return 'succeeded';
    case 'canceled':
      return 'cancelled';
    case 'requires_confirmation':
      return 'unconfirmed';
    case 'requires_payment_method':
      return 'declined';
    case 'requires_action':
      return 'requires-action';
    case 'processing':
    case 'requires_capture':
    default:
      return 'processing';
  }
}
