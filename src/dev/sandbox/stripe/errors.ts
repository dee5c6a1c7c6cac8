import type { FastifyError } from 'fastify';

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

type Details = Pick<StripeErrorFields, 'code' | 'param' | 'payment_intent'>;

/** A request that Stripe would answer with an error object. */
export class StripeProblem extends Error {
  /** whether the endpoint had begun its work: only then does Stripe save the answer under the key */
  readonly began: boolean;
  /** more headers for the answer */
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

/** The answer's body. Stripe adds a link to its page on the code. */
export function errorBody(fields: StripeErrorFields): object {
  const page =
    fields.code === undefined
      ? {}
      : { doc_url: `https://stripe.com/docs/error-codes/${fields.code.replaceAll('_', '-')}` };
  return { error: { ...fields, ...page } };
}

/** A request that fails validation. Nothing was begun, so the answer is not saved under a key. */
export function invalid(message: string, details: Details = {}): StripeProblem {
  return new StripeProblem(400, { type: 'invalid_request_error', message, ...details });
}

/** A valid request that the state of things does not allow. */
export function refused(message: string, details: Details = {}, status: 400 | 404 = 400): StripeProblem {
  return new StripeProblem(status, { type: 'invalid_request_error', message, ...details }, { began: true });
}

/** An id that names nothing: 404 where it stands in the path, 400 where it is a parameter. */
export function missing(kind: string, id: string, param: string, status: 400 | 404): StripeProblem {
  return refused(`No such ${kind}: '${id}'`, { code: 'resource_missing', param }, status);
}

/** What Fastify refuses before anyone reads it: a body that is too large, or of no type that there is. */
export function isUnreadable(error: unknown): error is FastifyError {
  return error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500;
}
