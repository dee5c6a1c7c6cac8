import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { KeySetUnavailableError } from '../auth/authenticator.js';
import { OrderKeepsMovingError } from '../orders/race.js';
import { GatewayUnavailableError } from '../payments/payment-gateway.js';
import { isDatabaseUnavailable } from '../platform/database-errors.js';
import { log } from '../platform/logger.js';
import { isRedisUnavailable } from '../platform/redis-errors.js';

/** One thing that is wrong with an input. */
export interface Violation {
  /** The path within the input, such as items.0.quantity. */
  readonly field: string;
  readonly message: string;
}

/** When a client may try again after an infrastructure fault: spread, so that they don't all come back at once. */
const RETRY_AFTER_MS = { least: 500, most: 1_500 };
/** Codes that Apollo gives to requests which never reach a resolver. */
const REQUEST_CODES = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
]);

export function badUserInput(violations: readonly Violation[]): GraphQLError {
  const message = violations.map((violation) => `${violation.field} ${violation.message}`).join('; ');
  return new PublicError(`The input is not valid: ${message}.`, { code: 'BAD_USER_INPUT', violations });
}

export function unauthenticated(): GraphQLError {
  return new PublicError('A valid token is required.', { code: 'UNAUTHENTICATED' });
}

export function forbidden(): GraphQLError {
  return new PublicError('This is for operators only.', { code: 'FORBIDDEN' });
}

export function notFound(what: string): GraphQLError {
  return new PublicError(`There is no such ${what}.`, { code: 'NOT_FOUND' });
}

function serviceUnavailable(): GraphQLError {
  return new PublicError(
    'The service is not available right now. Repeat the call with the same idempotency key.',
    {
      code: 'SERVICE_UNAVAILABLE',
      retryable: true,
      retryAfterMs: Math.round(
        RETRY_AFTER_MS.least + Math.random() * (RETRY_AFTER_MS.most - RETRY_AFTER_MS.least),
      ),
    },
  );
}

/** An error that is meant for the client, as it stands. Anything else is mapped by toPublicError. */
class PublicError extends GraphQLError {
  constructor(message: string, extensions: Readonly<Record<string, unknown>>) {
    super(message, { extensions });
  }
}

/** Whether it is no defect: something that the system needs is away or too busy, and the client may try again. */
export function isUnavailable(error: unknown): boolean {
  return (
    isDatabaseUnavailable(error) ||
    isRedisUnavailable(error) ||
    error instanceof GatewayUnavailableError ||
    error instanceof KeySetUnavailableError ||
    error instanceof OrderKeepsMovingError
  );
}

/**
 * What the client is told of an error: one of the API's codes, and no stack, SQL, Prisma or Redis text.
 * The same for HTTP and WebSocket.
 */
export function toPublicError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const original = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  if (original instanceof PublicError) return withPlace(original, formatted);
  if (isUnavailable(original)) {
    log.warn({ err: original }, 'request failed: something it needs is unavailable');
    return withPlace(serviceUnavailable(), formatted);
  }
  const code = formatted.extensions?.['code'];
  if (typeof code === 'string' && REQUEST_CODES.has(code)) return requestError(formatted, code);
  if (original instanceof GraphQLError && isCoercionError(original, code)) return coercionError(formatted);
  log.error({ err: original, path: formatted.path }, 'request failed unexpectedly');
  return withPlace(
    new PublicError('Something went wrong on our side.', { code: 'INTERNAL_SERVER_ERROR' }),
    formatted,
  );
}

function withPlace(error: GraphQLError, { path, locations }: GraphQLFormattedError): GraphQLFormattedError {
  return {
    ...error.toJSON(),
    ...(path === undefined ? {} : { path }),
    ...(locations === undefined ? {} : { locations }),
  };
}

function requestError(formatted: GraphQLFormattedError, code: string): GraphQLFormattedError {
  return withPlace(new PublicError(formatted.message, { code }), formatted);
}

/** Arguments and variables of a wrong type are refused by GraphQL itself, before any resolver. */
function isCoercionError(error: GraphQLError, code: unknown): boolean {
  return code === 'BAD_USER_INPUT' || /^(Variable|Argument) "/.test(error.message);
}

/**
 * `Variable "$input" got invalid value 1.5 at "input.items[0].quantity"; Int cannot represent …` becomes a
 * violation of items.0.quantity.
 */
function coercionError(formatted: GraphQLFormattedError): GraphQLFormattedError {
  const { message } = formatted;
  const path = /at "([^"]+)"/.exec(message)?.[1] ?? /^\w+ "\$?([^"]+)"/.exec(message)?.[1] ?? '';
  const field = path.replace(/\[(\d+)\]/g, '.$1').replace(/^input\./, '');
  const reason = message.slice(message.indexOf('; ') + 2).replace(/\.$/, '');
  return withPlace(badUserInput([{ field, message: `is not valid: ${reason}` }]), formatted);
}
