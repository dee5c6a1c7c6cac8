import type { Stripe } from 'stripe';
import { GatewayUnavailableError, type PaymentIntent, type RefundStatus } from '../payment-gateway.js';
import { toDecline } from './stripe-errors.js';
import { fromStripeAmount } from './stripe-units.js';

/** @see https://docs.stripe.com/refunds#failed-refunds */
export function toRefundStatus({ status }: Stripe.Refund): RefundStatus {
  if (status === 'succeeded' || status === 'pending') return status;
  return status === 'requires_action' ? 'pending' : 'none';
}

/** @see https://docs.stripe.com/payments/paymentintents/lifecycle */
export function toPaymentIntent(intent: Stripe.PaymentIntent): PaymentIntent {
  const { id, status, amount, amount_received: received, currency } = intent;
  const payment = { id, total: fromStripeAmount(amount, currency) };
  switch (status) {
    case 'succeeded':
      return { ...payment, status: 'succeeded', received: fromStripeAmount(received, currency) };
    case 'processing':
      return { ...payment, status: 'processing' };
    case 'requires_confirmation':
      return { ...payment, status: 'unconfirmed' };
    case 'requires_payment_method':
      return { ...payment, status: 'declined', decline: toDecline(intent.last_payment_error ?? {}) };
    case 'requires_action':
      return {
        ...payment,
        status: 'declined',
        decline: {
          code: 'authentication_required',
          message: 'The bank asks for an authentication.',
          gatewayCode: 'authentication_required',
          gatewayMessage: null,
        },
      };
    case 'canceled':
      return { ...payment, status: 'cancelled' };
    case 'requires_capture':
    default:
      throw new GatewayUnavailableError(`the gateway reports the payment as ${status}`);
  }
}
