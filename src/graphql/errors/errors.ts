import { GraphQLError } from 'graphql';
import { truncate } from '../../platform/truncate.js';

/** One thing that is wrong with an input. */
export interface Violation {
  /** The path within the input, such as items.0.quantity. */
  readonly field: string;
  readonly message: string;
}

/** When a client may try again after an infrastructure fault: spread, so that they don't all come back at once. */
const RETRY_AFTER_MS = { least: 500, most: 1_500 };
/** An input can be wrong in a thousand places, which nobody mends by one answer. The rest is left out. */
const MAX_VIOLATIONS = 100;
/** For a person to read; programs have the list. */
const MAX_VIOLATIONS_IN_MESSAGE = 5;
/** The schema's longest path and our longest message are far below; what is longer holds the client's own text. */
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

/** @param http where the whole request is refused, and not one of its fields */
export function unauthenticated(http?: HttpAnswer): GraphQLError {
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
    `Too much was asked for. Come back in ${Math.ceil(retryAfterMs / 1_000)} s.`,
    { code: 'RATE_LIMITED', retryAfterMs },
    { status: 429, headers: retryAfter(retryAfterMs) },
  );
}

/** One field's answer; others of the same request may have been done. */
export function tooManyDeclines(retryAfterMs: number): GraphQLError {
  const seconds = Math.ceil(retryAfterMs / 1_000);
  return new PublicError(`Too many payments were declined. Come back in ${seconds} s.`, {
    code: 'RATE_LIMITED',
    retryAfterMs,
  });
}

/** Where it comes out of an operation, it may be unknown what was done. */
export function serviceUnavailable(http?: HttpAnswer): GraphQLError {
  const { message, extensions } = comeBackLater();
  return new PublicError(message, extensions, http);
}

/** The same as a plain value: an error's stack is dear where thousands a second are told. */
export function comeBackLater() {
  const spreadMs = RETRY_AFTER_MS.most - RETRY_AFTER_MS.least;
  const retryAfterMs = Math.round(RETRY_AFTER_MS.least + Math.random() * spreadMs);
  return {
    message: 'The service is not available right now. Repeat the call with the same idempotency key.',
    extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true, retryAfterMs },
  } as const;
}

/** For a whole request that is not taken: nothing was done. */
export function requestNotTaken(): GraphQLError {
  return serviceUnavailable({ status: 503, headers: retryAfter(RETRY_AFTER_MS.most) });
}

function retryAfter(ms: number): Map<string, string> {
  return new Map([['retry-after', String(Math.ceil(ms / 1_000))]]);
}

/** How Apollo is to answer a request over HTTP. */
interface HttpAnswer {
  readonly status: number;
  readonly headers?: Map<string, string>;
}

/** An error that is meant for the client, as it stands. Anything else is mapped by public-errors.ts. */
export class PublicError extends GraphQLError {
  constructor(message: string, extensions: Readonly<Record<string, unknown>>, http?: HttpAnswer) {
    super(message, { extensions: http === undefined ? extensions : { ...extensions, http } });
  }
}
