import { GraphQLError } from 'graphql';
import { truncate } from '../../platform/truncate.js';

/** One invalid field of an input. */
export interface Violation {
  /** The path within the input, such as items.0.quantity. */
  readonly field: string;
  readonly message: string;
}

/** Random, so that clients don't all retry at the same time after an outage. */
const RETRY_AFTER_MS = { min: 500, max: 1_500 };
/** An input can have thousands of violations. More than these help nobody and are left out. */
const MAX_VIOLATIONS = 100;
/** The message is for people; programs read the list. */
const MAX_VIOLATIONS_IN_MESSAGE = 5;
/** Paths of the schema and our own messages are far shorter. A longer one contains text of the client's. */
const MAX_FIELD_LENGTH = 100;
const MAX_VIOLATION_LENGTH = 200;

export function badUserInput(all: readonly Violation[]): GraphQLError {
  const violations = all.slice(0, MAX_VIOLATIONS).map(({ field, message }) => ({
    field: truncate(field, MAX_FIELD_LENGTH),
    message: truncate(message, MAX_VIOLATION_LENGTH),
  }));
  const shown = violations
    .slice(0, MAX_VIOLATIONS_IN_MESSAGE)
    .map(({ field, message }) => `${field} ${message}`);
  const more = all.length > shown.length ? [`and ${all.length - shown.length} more`] : [];
  return new PublicError(`The input is not valid: ${[...shown, ...more].join('; ')}.`, {
    code: 'BAD_USER_INPUT',
    violations,
  });
}

/** @param http for a rejected request; left out for a rejected field */
export function unauthenticated(http?: HttpHead): GraphQLError {
  return new PublicError('A valid token is required.', { code: 'UNAUTHENTICATED' }, http);
}

export function forbidden(): GraphQLError {
  return new PublicError('This is for operators only.', { code: 'FORBIDDEN' });
}

export function notFound(what: string): GraphQLError {
  return new PublicError(`There is no such ${what}.`, { code: 'NOT_FOUND' });
}

export function queryTooComplex(message: string): GraphQLError {
  return new PublicError(message, { code: 'QUERY_TOO_COMPLEX' }, { status: 400 });
}

export function rateLimited(retryAfterMs: number): GraphQLError {
  return new PublicError(
    `The rate limit is exceeded. Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`,
    { code: 'RATE_LIMITED', retryAfterMs },
    { status: 429, headers: retryAfter(retryAfterMs) },
  );
}

/** Fails one field; other fields of the same request may have succeeded. */
export function tooManyDeclines(retryAfterMs: number): GraphQLError {
  const seconds = Math.ceil(retryAfterMs / 1_000);
  return new PublicError(`Too many payments were declined. Try again in ${seconds} s.`, {
    code: 'RATE_LIMITED',
    retryAfterMs,
  });
}

/** As the error of an operation that has started, it leaves open what the operation has done. */
export function serviceUnavailable(http?: HttpHead): GraphQLError {
  const { message, extensions } = unavailableError();
  return new PublicError(message, extensions, http);
}

/** The same as a plain value: a stack trace is expensive when thousands of requests a second are rejected. */
export function unavailableError() {
  const spreadMs = RETRY_AFTER_MS.max - RETRY_AFTER_MS.min;
  const retryAfterMs = Math.round(RETRY_AFTER_MS.min + Math.random() * spreadMs);
  return {
    message: 'The service is not available right now. Repeat the call with the same idempotency key.',
    extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true, retryAfterMs },
  } as const;
}

/** Rejects a whole request with 503, before anything was done. */
export function requestRejected(): GraphQLError {
  return serviceUnavailable({ status: 503, headers: retryAfter(RETRY_AFTER_MS.max) });
}

function retryAfter(ms: number): Map<string, string> {
  return new Map([['retry-after', String(Math.ceil(ms / 1_000))]]);
}

/** Status and headers of Apollo's HTTP response. */
interface HttpHead {
  readonly status: number;
  readonly headers?: Map<string, string>;
}

/** An error that is sent to the client unchanged. public-errors.ts maps all others to one of these. */
export class PublicError extends GraphQLError {
  constructor(message: string, extensions: Readonly<Record<string, unknown>>, http?: HttpHead) {
    super(message, { extensions: http === undefined ? extensions : { ...extensions, http } });
  }
}
