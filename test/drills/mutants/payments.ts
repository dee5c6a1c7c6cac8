import type { Mutant } from './mutant.js';

const CHARGE_ORDER = 'src/payments/charge-order.ts';
const PREPARE_PAYMENT = 'src/payments/prepare-payment.ts';
const REFUND_ORDER = 'src/payments/refund-order.ts';
const RETRY_POLICY = 'src/payments/retry-policy.ts';
const STRIPE_GATEWAY = 'src/payments/stripe/stripe-gateway.ts';

/** Defects in how money moves, and in how an unknown outcome is settled. */
export const PAYMENT_MUTANTS: readonly Mutant[] = [
  {
    name: 'random-gateway-key',
    what: 'Each attempt charges in one call under a new random key, without a lookup before it.',
    patches: [
      {
        file: STRIPE_GATEWAY,
        find: '{ idempotencyKey: input.idempotencyKey },',
        replace: '{ idempotencyKey: crypto.randomUUID() },',
      },
      {
        file: STRIPE_GATEWAY,
        find: "allowed_payment_method_types: ['card'],",
        replace:
          "allowed_payment_method_types: ['card'],\n          confirm: true,\n          error_on_requires_action: true,",
      },
      {
        file: PREPARE_PAYMENT,
        find: 'if (attempt.paymentIntentId !== null) return this.gateway.retrievePaymentIntent(attempt.paymentIntentId);',
        replace: '',
      },
    ],
    // The webhook of a lost charge names a payment that no order has, so it can't help.
    faults: ['swallow-gateway-link-back'],
    orders: 300,
    breaks: [4],
  },
  {
    name: 'timeout-is-a-decline',
    what: 'A charge without a response counts as declined, and webhooks are ignored.',
    patches: [
      {
        file: STRIPE_GATEWAY,
        find: '      if (answer !== undefined) return answer;\n',
        replace:
          '      if (answer !== undefined) return answer;\n' +
          '      if (error instanceof Stripe.errors.StripeConnectionError)\n' +
          '        return {\n' +
          "          ...{ status: 'declined', id, total: { amount: 0, currency: 'EUR' } },\n" +
          "          decline: { code: 'timeout', message: 'No answer came.' },\n" +
          '        };\n',
      },
      {
        file: CHARGE_ORDER,
        find: "confirmed.status === 'refused' || confirmed.status === 'declined'",
        replace: "confirmed.status === 'refused'",
      },
      {
        file: 'src/payments/stripe/webhook-effect.ts',
        find: 'if (type === SUCCEEDED && canSucceed(status) && payment !== undefined) {',
        replace: "if (type === '' && canSucceed(status) && payment !== undefined) {",
      },
    ],
    faults: ['gateway-charged-then-timeout', 'gateway-charged-then-reset'],
    orders: 400,
    breaks: [4],
  },
  {
    name: 'refund-without-look-up',
    what: 'Refunds have a short timeout and a new key for each attempt, and none looks up whether the money is back.',
    patches: [
      {
        file: REFUND_ORDER,
        find: 'let refund = await this.gateway.retrieveRefundStatus(paymentIntentId, received);',
        replace: "let refund = 'none';",
      },
      {
        file: REFUND_ORDER,
        find: 'this.gateway.refund(paymentIntentId, key)',
        replace: 'this.gateway.refund(paymentIntentId, crypto.randomUUID())',
      },
      {
        file: STRIPE_GATEWAY,
        find: "{ payment_intent: paymentIntentId, reason: 'requested_by_customer' },\n        { idempotencyKey },",
        replace:
          "{ payment_intent: paymentIntentId, reason: 'requested_by_customer' },\n        { idempotencyKey, timeout: 300 },",
      },
    ],
    // The gateway returns money only once, so an order whose refund was slow retries for ever.
    faults: ['gateway-latency'],
    orders: 500,
    breaks: [8, 9],
  },
  {
    name: 'refusal-is-an-outage',
    what: 'A payment that the gateway refuses is retried, as if the gateway were down.',
    patches: [
      {
        file: 'src/payments/stripe/stripe-errors.ts',
        find: 'if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) return undefined;',
        replace: 'return undefined;',
      },
    ],
    // Customers send orders that the gateway refuses, without any fault.
    faults: [],
    orders: 200,
    breaks: [12],
  },
  {
    name: 'amount-not-compared',
    what: 'An order is confirmed by any successful payment, whatever its amount.',
    patches: [
      {
        file: 'src/payments/amount-mismatch.ts',
        find: 'if (other === undefined) return undefined;',
        replace: 'return undefined;',
      },
    ],
    faults: ['other-amount'],
    orders: 300,
    breaks: [4],
  },
  {
    name: 'dead-letters-dropped',
    what: 'An order whose attempts are used up (here: after one) gets no dead letter.',
    patches: [
      {
        file: 'src/payments/open-dead-letter.ts',
        find: '[letter, ...writes],',
        replace: 'writes,',
      },
      {
        file: RETRY_POLICY,
        find: 'attempt.countedAttempts >= this.limits.maxAttempts',
        replace: 'attempt.countedAttempts >= 1',
      },
    ],
    faults: ['gateway-http-500'],
    orders: 300,
    breaks: [8, 9],
  },
  {
    name: 'pause-without-bound',
    what: 'After a failed attempt an order waits for minutes, however soon the gateway is back.',
    patches: [
      {
        file: 'src/payments/backoff.ts',
        find: 'Math.min(limits.capMs, limits.baseMs * 2 ** Math.min(attempt - 1, 30));',
        replace: 'limits.baseMs * 2 ** (attempt + 9);',
      },
    ],
    faults: ['gateway-http-500', 'gateway-outage'],
    orders: 300,
    breaks: [9],
  },
];
