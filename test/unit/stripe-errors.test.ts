import { describe, expect, test } from '@jest/globals';
import { Stripe } from 'stripe';
import { CircuitBreaker } from '../../src/payments/circuit-breaker/circuit-breaker.js';
import { observed } from '../../src/payments/circuit-breaker/observed-gateway.js';
import type { PaymentGateway } from '../../src/payments/payment-gateway.js';
import {
  refusalIn,
  toDecline,
  unavailable,
  unknownPaymentIn,
} from '../../src/payments/stripe/stripe-errors.js';

const MAX_RETRY_AFTER_MS = 300_000;

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly code?: string;
  readonly param?: string;
  readonly declineCode?: string;
  readonly message?: string;
  readonly retryAfter?: string;
}

/** The error that Stripe's package makes of an answer. */
function errorOf({ status, type, code, param, declineCode, message = 'Words.', retryAfter }: Answer): Error {
  return Stripe.errors.generateV1Error({
    statusCode: status,
    message,
    type: (type ?? 'invalid_request_error') as 'invalid_request_error',
    headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
    ...(declineCode === undefined ? {} : { decline_code: declineCode }),
  });
}

describe('a Stripe error about one request', () => {
  test.each<[string, Answer, string, string | null]>([
    [
      'an amount too large',
      { status: 400, code: 'amount_too_large', param: 'amount' },
      'amount_too_large',
      'amount_too_large',
    ],
    [
      'an amount too small',
      { status: 400, code: 'amount_too_small' },
      'amount_too_small',
      'amount_too_small',
    ],
    ['no code and no parameter', { status: 400 }, 'payment_refused', null],
    ['an unknown currency', { status: 400, param: 'currency' }, 'payment_refused', null],
    [
      'an unknown payment method',
      { status: 400, code: 'resource_missing', param: 'payment_method' },
      'resource_missing',
      'resource_missing',
    ],
    [
      'a declined card',
      { status: 402, type: 'card_error', code: 'card_declined', declineCode: 'generic_decline' },
      'card_declined',
      'generic_decline',
    ],
    ['a code that PostgreSQL could not store', { status: 400, code: 'a\0b' }, 'payment_refused', null],
  ])('is a refusal: %s', (_what, answer, code, gatewayCode) => {
    expect(refusalIn(errorOf(answer))?.decline).toMatchObject({ code, gatewayCode });
  });

  test("keeps the gateway's message for operators, in one line", () => {
    const refusal = refusalIn(
      errorOf({ status: 400, message: "The payment method can't\nbe used\0 again." }),
    );
    expect(refusal?.decline).toEqual({
      code: 'payment_refused',
      message: 'The payment method was refused.',
      gatewayCode: null,
      gatewayMessage: "The payment method can't be used  again.",
    });
  });
});

describe('a Stripe error that is not about one request', () => {
  test.each<[string, Answer]>([
    ['an idempotency error', { status: 400, type: 'idempotency_error' }],
    ['an idempotency key in use', { status: 409, type: 'idempotency_error', code: 'idempotency_key_in_use' }],
    ['a rate limit', { status: 429, code: 'rate_limit' }],
    ['a rate limit that is answered 400', { status: 400, code: 'rate_limit' }],
    ['a wrong API key', { status: 401 }],
    ['an API key without permission', { status: 403 }],
    ['an error of the gateway', { status: 500, type: 'api_error' }],
    ['an error of the gateway that is answered 400', { status: 400, type: 'api_error' }],
  ])('is not a refusal: %s', (_what, answer) => {
    expect(refusalIn(errorOf(answer))).toBeUndefined();
  });

  test('is not a refusal: a lost connection', () => {
    expect(refusalIn(new Stripe.errors.StripeConnectionError({ message: 'cut' }))).toBeUndefined();
  });
});

test('only a missing PaymentIntent means an unknown payment', () => {
  const missing = errorOf({ status: 404, code: 'resource_missing', param: 'intent' });
  expect(unknownPaymentIn(missing, 'pi_1')).toEqual({
    status: 'unknown',
    reason:
      'The payment gateway does not know the payment pi_1; it may belong to the account of another key.',
  });
  for (const status of [400, 402, 409, 500])
    expect(unknownPaymentIn(errorOf({ status, code: 'amount_too_small' }), 'pi_1')).toBeUndefined();
});

describe("a card's decline code", () => {
  test.each([
    'lost_card',
    'stolen_card',
    'fraudulent',
    'pickup_card',
    'restricted_card',
    'merchant_blacklist',
  ])('%s is hidden from the customer and shown to operators', (declineCode) => {
    const message = 'Your card was declined: it was reported.';
    expect(toDecline({ code: 'card_declined', decline_code: declineCode, message })).toEqual({
      code: 'card_declined',
      message: 'Your card was declined.',
      gatewayCode: declineCode,
      gatewayMessage: message,
    });
  });

  test.each([
    [{ code: 'card_declined', decline_code: 'insufficient_funds' }, 'insufficient_funds'],
    [{ code: 'card_declined', decline_code: 'generic_decline' }, 'card_declined'],
    [{ code: 'expired_card', decline_code: 'expired_card' }, 'expired_card'],
    [{ code: 'incorrect_cvc', decline_code: null }, 'incorrect_cvc'],
    [{}, 'card_declined'],
  ])('in %j is reported as %s', (failure, code) => {
    expect(toDecline(failure).code).toBe(code);
  });
});

describe('an error of the payment gateway', () => {
  const healthOf = (answer: Answer) => unavailable(errorOf(answer), MAX_RETRY_AFTER_MS).isUnhealthy;

  test.each<[Answer, boolean]>([
    [{ status: 500, type: 'api_error' }, true],
    [{ status: 503, type: 'api_error' }, true],
    [{ status: 429 }, true],
    [{ status: 400 }, false],
    [{ status: 401 }, false],
    [{ status: 404 }, false],
    [{ status: 409 }, false],
  ])('%j means that the gateway is unhealthy: %s', (answer, isUnhealthy) => {
    expect(healthOf(answer)).toBe(isUnhealthy);
  });

  test('without a response means that the gateway is unhealthy', () => {
    const lost = new Stripe.errors.StripeConnectionError({ message: 'cut' });
    expect(unavailable(lost, MAX_RETRY_AFTER_MS)).toMatchObject({ isUnhealthy: true, noResponse: true });
  });

  test('has a bounded Retry-After', () => {
    const asked = unavailable(errorOf({ status: 429, retryAfter: '86400' }), MAX_RETRY_AFTER_MS);
    expect(asked.retryAfterMs).toBe(MAX_RETRY_AFTER_MS);
  });
});

describe('the circuit breaker', () => {
  const REFUSED = {
    status: 'refused',
    decline: { code: 'x', message: 'x', gatewayCode: null, gatewayMessage: null },
  };

  function breakerOf(maxFailures: number): { breaker: CircuitBreaker; states: string[] } {
    const states: string[] = [];
    const breaker = new CircuitBreaker({ maxFailures, pauseMs: 60_000 }, (state) => states.push(state));
    return { breaker, states };
  }

  test('stays closed however many requests are refused', async () => {
    const { breaker, states } = breakerOf(3);
    const gateway = observed(
      { createPaymentIntent: async () => REFUSED } as unknown as PaymentGateway,
      breaker,
    );
    for (let request = 0; request < 100; request += 1) await gateway.createPaymentIntent({} as never);
    expect(states).toEqual([]);
    breaker.stop();
  });

  test('opens in an outage even if other requests are refused in between', async () => {
    const { breaker, states } = breakerOf(3);
    const gateway = observed(
      {
        createPaymentIntent: async () => REFUSED,
        retrievePaymentIntent: async () => {
          throw unavailable(errorOf({ status: 500, type: 'api_error' }), MAX_RETRY_AFTER_MS);
        },
      } as unknown as PaymentGateway,
      breaker,
    );
    for (let failure = 0; failure < 3; failure += 1) {
      await gateway.createPaymentIntent({} as never);
      await expect(gateway.retrievePaymentIntent('pi_1')).rejects.toThrow('answered 500');
    }
    expect(states).toEqual(['open']);
    breaker.stop();
  });
});
