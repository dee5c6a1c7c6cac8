import type { FastifyError } from 'fastify';

/** Stripe's error object, see https://docs.stripe.com/api/errors. */
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

type Details = Pick<StripeErrorFields, 'code' | 'param' | 'payment_intent'>;

/** Thrown for a request that Stripe would answer with an error object. */
export class StripeProblem extends Error {
  /** whether the execution had begun: only then does Stripe save the response under the key */
  readonly began: boolean;
  /** additional response headers */
  readonly headers: Readonly<Record<string, string>>;

  /** @param status the HTTP status code */
  constructor(
    readonly status: number,
    readonly fields: StripeErrorFields,
    { began = false, headers = {} }: { began?: boolean; headers?: Record<string, string> } = {},
  ) {
    super(fields.message);
    this.name = 'StripeProblem';
    this.began = began;
    this.headers = headers;
  }
}

/** The response body. Stripe adds a link to the documentation of the code. */
export function errorBody(fields: StripeErrorFields): object {
  const page =
    fields.code === undefined
      ? {}
      : { doc_url: `https://stripe.com/docs/error-codes/${fields.code.replaceAll('_', '-')}` };
  return { error: { ...fields, ...page } };
}

/** For a request that fails validation, whose response is not saved under a key. */
export function invalid(message: string, details: Details = {}): StripeProblem {
  return new StripeProblem(400, { type: 'invalid_request_error', message, ...details });
}

/** For a valid request that the current state does not allow. */
export function refused(message: string, details: Details = {}, status: 400 | 404 = 400): StripeProblem {
  return new StripeProblem(status, { type: 'invalid_request_error', message, ...details }, { began: true });
}

/** For an unknown id. @param status 404 for an id in the path, 400 for a parameter */
export function missing(kind: string, id: string, param: string, status: 400 | 404): StripeProblem {
  return refused(`No such ${kind}: '${id}'`, { code: 'resource_missing', param }, status);
}

/** Whether Fastify refused the request itself, such as for a body that is too large. */
export function isUnreadable(error: unknown): error is FastifyError {
  return error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500;
}
