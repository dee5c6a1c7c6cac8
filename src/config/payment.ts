import { ROLES } from './roles.js';
import type { EnvironmentReader } from './variables/environment-reader.js';
import { integer, secret, url } from './variables/scalars.js';
import { inProduction, section } from './variables/variable.js';

const STRIPE_HOST = 'api.stripe.com';
const STRIPE_REQUESTS_PER_SECOND = 20;

export const PAYMENT = section({
  title: 'Payments',
  roles: ['worker'],
  variables: {
    secretKey: secret('STRIPE_SECRET_KEY', {
      required: inProduction,
      default: 'sk_test_sandbox',
      roles: ROLES,
      description: 'Key of the Stripe API. The default is that of the sandbox.',
    }),
    apiBase: url('STRIPE_API_BASE', {
      default: (production) => (production ? undefined : 'http://127.0.0.1:4010'),
      protocols: ['http:', 'https:'],
      roles: ROLES,
      description: 'Address of the Stripe API. Unset in production, it is Stripe itself.',
    }),
    requestsPerSecond: integer('GATEWAY_REQUESTS_PER_SECOND', {
      unit: 'requests',
      default: undefined,
      defaultText: `${STRIPE_REQUESTS_PER_SECOND} for Stripe itself, else none`,
      min: 1,
      max: 10_000,
      roles: ['api', 'worker'],
      description:
        "Maximum rate of the requests of all workers to each of the gateway's endpoints, counted in jobs: of " +
        'charges, and separately of refunds, so many are begun a second. Without it there is no maximum.',
      reason:
        "Stripe allows 25 requests a second and endpoint; the rest is for retries, dead letters' commands and " +
        'other programs.',
    }),
    timeoutMs: integer('PAYMENT_TIMEOUT_MS', {
      unit: 'ms',
      default: 15_000,
      min: 10,
      roles: ROLES,
      description: 'Timeout of a call to the gateway.',
      reason: 'Stripe answers most charges within 2 s, but some banks take 10 s and more.',
    }),
    retryBaseMs: integer('PAYMENT_RETRY_BASE_MS', {
      unit: 'ms',
      default: 500,
      min: 1,
      description:
        'Maximum pause after the first failed attempt; the pause is random between half of it and all of it. It doubles with each further attempt, up to PAYMENT_RETRY_CAP_MS.',
    }),
    retryCapMs: integer('PAYMENT_RETRY_CAP_MS', {
      unit: 'ms',
      default: 15_000,
      min: 1,
      description: 'Maximum pause after any failed attempt.',
      reason: 'Below the minute within which every order is to come to rest after an outage.',
    }),
    maxRetryAfterMs: integer('PAYMENT_MAX_RETRY_AFTER_MS', {
      unit: 'ms',
      default: 300_000,
      min: 1,
      roles: ROLES,
      description: "Maximum pause that the gateway's `Retry-After` can ask for.",
      reason: 'Work must not rest for longer without anybody noticing.',
    }),
    maxPendingRefundPauseMs: integer('PAYMENT_MAX_PENDING_REFUND_PAUSE_MS', {
      unit: 'ms',
      default: 300_000,
      min: 1,
      description: 'Maximum pause between two checks of a refund that the gateway reports as pending.',
      reason: "The gateway's webhook usually comes sooner.",
    }),
    searchDelayMs: integer('PAYMENT_SEARCH_DELAY_MS', {
      unit: 'ms',
      default: 90_000,
      min: 0,
      roles: ['api', 'worker'],
      description:
        "How long a new payment may be missing from the gateway's search. Only after PostgreSQL has lost commits, or " +
        'where a key was used before, a charge waits for that long and searches.',
      reason: 'Stripe indexes a payment within about a minute.',
    }),
    maxAttempts: integer('PAYMENT_MAX_ATTEMPTS', {
      unit: 'attempts',
      default: 8,
      min: 1,
      max: 1_000,
      description:
        'Failed attempts after which a charge or a refund becomes a dead letter. Failures that any order would ' +
        'meet do not count.',
      reason: 'With the pauses above, half a minute of trouble; an operator should see what lasts longer.',
    }),
    actionTimeoutMs: integer('PAYMENT_ACTION_TIMEOUT_MS', {
      unit: 'ms',
      default: 1_800_000,
      min: 1,
      description:
        'How long a customer has to authenticate a payment at the bank. Then the payment is cancelled.',
      reason: 'Banks end their own pages sooner; a customer may have to find a phone.',
    }),
    payableMs: integer('ORDER_PAYABLE_MS', {
      unit: 'ms',
      default: 86_400_000,
      min: 1,
      roles: ['api'],
      description: 'How long after it was created an order whose payment failed can be paid again.',
      reason: 'Its prices are those of its creation.',
    }),
    maxDeclinesPerHour: integer('PAYMENT_DECLINES_PER_HOUR', {
      unit: 'declines',
      default: 30,
      min: 1,
      roles: ['api'],
      description:
        'Declined payments of a customer within an hour after which createOrder and payOrder answer ' +
        "`RATE_LIMITED`. A shop's server that orders for many customers under one `sub` needs more.",
      reason:
        'A person mistypes a card a few times; someone with 30 declines an hour is testing stolen cards.',
    }),
    breakerFailures: integer('PAYMENT_BREAKER_FAILURES', {
      unit: 'failures',
      default: 5,
      min: 1,
      description: 'Consecutive failures, over all orders of a worker, that open its circuit breaker.',
    }),
    breakerPauseMs: integer('PAYMENT_BREAKER_PAUSE_MS', {
      unit: 'ms',
      default: 5_000,
      min: 1,
      description: 'Maximum time that an open circuit breaker waits before it tries the gateway again.',
      reason: 'Every worker sends one call in that time, and works again soon after the gateway does.',
    }),
  },
});

export function paymentSettings(reader: EnvironmentReader) {
  const { requestsPerSecond, ...settings } = reader.read(PAYMENT);
  const { apiBase } = settings;
  const isStripe = apiBase === undefined || new URL(apiBase).hostname === STRIPE_HOST;
  return {
    ...settings,
    /** undefined: no maximum. */
    requestsPerSecond: requestsPerSecond ?? (isStripe ? STRIPE_REQUESTS_PER_SECOND : undefined),
  };
}
