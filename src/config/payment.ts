import { ROLES } from './roles.js';
import { integer, secret, url } from './variables/scalars.js';
import { inProduction, section } from './variables/variable.js';

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
      roles: ['api', 'worker'],
      description: 'Address of the Stripe API. Unset in production, it is Stripe itself.',
    }),
    timeoutMs: integer('PAYMENT_TIMEOUT_MS', {
      unit: 'ms',
      default: 15_000,
      min: 10,
      roles: ['api', 'worker'],
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
    maxDeclinesPerHour: integer('PAYMENT_DECLINES_PER_HOUR', {
      unit: 'declines',
      default: 30,
      min: 1,
      roles: ['api'],
      description:
        'Declined payments of a customer within an hour after which createOrder answers `RATE_LIMITED`. A ' +
        "shop's server that orders for many customers under one `sub` needs more.",
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
