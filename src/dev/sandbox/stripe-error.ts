/** The error object in Stripe's answers, see https://docs.stripe.com/api/errors. */
export interface StripeErrorFields {
  readonly type:
    'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error' | 'rate_limit_error';
  readonly message: string;
  readonly code?: string;
  readonly decline_code?: string;
  readonly param?: string;
  readonly charge?: string;
  readonly payment_method?: object;
  readonly payment_intent?: object;
}

/** A request that Stripe would answer with an error object. */
export class StripeProblem extends Error {
  /**
   * @param status the HTTP status code
   * @param fields the error object
   * @param began whether the endpoint had begun its work: only then does Stripe save the answer under the key
   * @param headers more headers for the answer
   */
  constructor(
    readonly status: number,
    readonly fields: StripeErrorFields,
    readonly began: boolean,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(fields.message);
    this.name = 'StripeProblem';
  }
}

/** The answer's body. Stripe adds a link to its page on the code. */
export function errorBody(fields: StripeErrorFields): object {
  const page =
    fields.code === undefined
      ? {}
      : { doc_url: `https://stripe.com/docs/error-codes/${fields.code.replaceAll('_', '-')}` };
  return { error: { ...fields, ...page } };
}

/** A parameter that fails validation. Nothing was begun, so the answer is not saved under a key. */
export function invalidParameter(message: string, param?: string, code?: string): StripeProblem {
  return new StripeProblem(
    400,
    {
      type: 'invalid_request_error',
      message,
      ...(code === undefined ? {} : { code }),
      ...(param === undefined ? {} : { param }),
    },
    false,
  );
}

/** An id that names nothing: 404 where it stands in the path, 400 where it is a parameter. */
export function resourceMissing(kind: string, id: string, param: string, status: 400 | 404): StripeProblem {
  return new StripeProblem(
    status,
    { type: 'invalid_request_error', code: 'resource_missing', message: `No such ${kind}: '${id}'`, param },
    true,
  );
}

/** A payment method that belongs to no customer, and was charged before. Stripe sends neither code nor parameter. */
export function paymentMethodUsedUp(): StripeProblem {
  const message = 'The payment method was used before without a customer, and cannot be used again.';
  return new StripeProblem(400, { type: 'invalid_request_error', message }, true);
}

/** A refund of a charge whose money a dispute holds, or has taken. */
export function chargeDisputed(charge: string): StripeProblem {
  const message = `Charge ${charge} is disputed: it cannot be refunded.`;
  return new StripeProblem(400, { type: 'invalid_request_error', code: 'charge_disputed', message }, true);
}

/** A request that the intent's status does not allow. Stripe sends the intent along. */
export function unexpectedState(message: string, paymentIntent: object): StripeProblem {
  return new StripeProblem(
    400,
    {
      type: 'invalid_request_error',
      code: 'payment_intent_unexpected_state',
      message,
      payment_intent: paymentIntent,
    },
    true,
  );
}

/** A missing or wrong API key. */
export function unauthorized(message: string): StripeProblem {
  return new StripeProblem(401, { type: 'invalid_request_error', message }, false, {
    'WWW-Authenticate': 'Bearer realm="Stripe"',
  });
}

/** A path or method that no endpoint answers. */
export function unrecognizedUrl(method: string, path: string): StripeProblem {
  return new StripeProblem(
    404,
    { type: 'invalid_request_error', message: `Unrecognized request URL (${method}: ${path}).` },
    false,
  );
}

/**
 * The rate limiter runs before the idempotency layer, so its answer is never saved.
 *
 * @param reason whose limit it is, see https://docs.stripe.com/rate-limits
 * @param retryAfter the header's text
 */
export function rateLimited(reason: 'global-rate' | 'endpoint-rate', retryAfter = '1'): StripeProblem {
  return new StripeProblem(
    429,
    { type: 'rate_limit_error', code: 'rate_limit', message: 'Too many requests.' },
    false,
    { 'Retry-After': retryAfter, 'Stripe-Rate-Limited-Reason': reason },
  );
}

/** A failure inside the provider. It counts as begun, so it is saved under the key and replayed. */
export function internalError(): StripeProblem {
  return new StripeProblem(
    500,
    { type: 'api_error', message: 'An unknown error occurred. The sandbox was told to fail this request.' },
    true,
  );
}

/** A key that another request is using at this moment. */
export function keyInUse(key: string): StripeProblem {
  return new StripeProblem(
    409,
    {
      type: 'idempotency_error',
      code: 'idempotency_key_in_use',
      message:
        'There is currently another in-progress request using this Idempotent Key (that probably means you ' +
        `submitted twice, and the other request is still going through): ${key}. Please try again later.`,
    },
    false,
    { 'Stripe-Should-Retry': 'true' },
  );
}

/** A key that was first used with another path or other parameters. */
export function keyReused(key: string): StripeProblem {
  return new StripeProblem(
    400,
    {
      type: 'idempotency_error',
      message:
        'Keys for idempotent requests can only be used with the same parameters they were first used with. ' +
        `Try using a key other than '${key}' if you meant to execute a different request.`,
    },
    false,
  );
}
