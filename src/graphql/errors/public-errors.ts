import { GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';
import { KeySetUnavailableError } from '../../auth/authenticator.js';
import { TooManyConflictsError } from '../../orders/retry-on-conflict.js';
import { GatewayUnavailableError } from '../../payments/payment-gateway.js';
import { truncate } from '../../platform/truncate.js';
import { isDatabaseUnavailable } from '../../platform/database/database-errors.js';
import { log } from '../../platform/observability/logger.js';
import { isRedisUnavailable } from '../../platform/redis/redis-errors.js';
import { badUserInput, PublicError, queryTooComplex, serviceUnavailable } from './errors.js';
import { coercionViolation, requestMessage } from './graphql-messages.js';
import { rejectedVariablePath } from './variable-path.js';

/** Apollo's codes for requests that never reach a resolver. */
const REQUEST_CODES = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
]);

/** A response repeats the path of each error, and with it the client's aliases. */
const MAX_ALIAS_LENGTH = 100;
const MAX_LOCATIONS = 4;

/** Maximum number of errors in a response: one fault can fail hundreds of fields. */
export const MAX_ERRORS = 100;
const TOO_MANY_TOKENS = /^Syntax Error: Document contains more that (\d+) tokens/;
/** The parser's message for thousands of nested brackets. */
const TOO_DEEP = 'Maximum call stack size exceeded';

/** Whether a dependency is down or overloaded: the client may try again, and the error is not a bug. */
export function isUnavailable(error: unknown): boolean {
  return (
    isDatabaseUnavailable(error) ||
    isRedisUnavailable(error) ||
    error instanceof GatewayUnavailableError ||
    error instanceof KeySetUnavailableError ||
    error instanceof TooManyConflictsError
  );
}

/**
 * Maps errors to what clients may see: one of the API's codes, without stack traces or text of SQL, Prisma or Redis.
 * HTTP and WebSocket share it.
 */
export class PublicErrors {
  /** @param revealSchema whether messages may name types and fields; false where introspection is off */
  constructor(private readonly revealSchema: boolean) {}

  /** The errors of one response, at most MAX_ERRORS. */
  formatAll(errors: readonly (GraphQLError | GraphQLFormattedError)[]): GraphQLFormattedError[] {
    return errors
      .slice(0, MAX_ERRORS)
      .map((error) => this.format(error instanceof GraphQLError ? error.toJSON() : error, error));
  }

  format(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
    return withLocation(this.publicError(formatted, error), formatted);
  }

  private publicError(formatted: GraphQLFormattedError, error: unknown): GraphQLError {
    const original = error instanceof GraphQLError ? (error.originalError ?? error) : error;
    if (original instanceof PublicError) return original;
    if (isUnavailable(original)) {
      log.warn({ err: original }, 'request failed: a dependency is unavailable');
      return serviceUnavailable();
    }
    const code = formatted.extensions?.['code'];
    if (typeof code === 'string' && REQUEST_CODES.has(code))
      return this.requestError(formatted.message, code);
    if (original instanceof GraphQLError && isCoercionError(formatted.message, code)) {
      const { message } = formatted;
      const path = error instanceof GraphQLError ? rejectedVariablePath(error) : undefined;
      return badUserInput([coercionViolation(message, original.message, this.revealSchema, path)]);
    }
    if (error instanceof GraphQLError && isRequestError(error))
      return this.requestError(formatted.message, 'BAD_REQUEST');
    log.error({ err: original, field: fieldOf(error) }, 'request failed unexpectedly');
    return new PublicError('Something went wrong on our side.', { code: 'INTERNAL_SERVER_ERROR' });
  }

  private requestError(message: string, code: string): GraphQLError {
    const [, tokens] = TOO_MANY_TOKENS.exec(message) ?? [];
    if (tokens !== undefined) return queryTooComplex(`At most ${tokens} tokens are allowed.`);
    if (message === TOO_DEEP) return queryTooComplex('The document is nested too deeply.');
    const isHidden = code === 'GRAPHQL_VALIDATION_FAILED' && !this.revealSchema;
    const text = isHidden
      ? 'The document does not match the schema at this location.'
      : requestMessage(message);
    return new PublicError(text, { code });
  }
}

function withLocation(
  error: GraphQLError,
  { path, locations }: GraphQLFormattedError,
): GraphQLFormattedError {
  const { message, extensions } = error;
  return {
    message,
    ...(path === undefined
      ? {}
      : { path: path.map((key) => (typeof key === 'string' ? truncate(key, MAX_ALIAS_LENGTH) : key)) }),
    ...(locations === undefined ? {} : { locations: locations.slice(0, MAX_LOCATIONS) }),
    // `http` is for Apollo, not for the client.
    extensions: Object.fromEntries(Object.entries(extensions).filter(([name]) => name !== 'http')),
  };
}

/** GraphQL rejects arguments and variables of a wrong type before any resolver runs. */
function isCoercionError(message: string, code: unknown): boolean {
  return code === 'BAD_USER_INPUT' || /^(Variable|Argument) "/.test(message);
}

/** The error of a field has a path. Without one, GraphQL or Apollo rejected the request before its execution. */
function isRequestError({ path, originalError }: GraphQLError): boolean {
  return path === undefined && originalError === undefined;
}

/** The failed field's name in the schema. The error's path has aliases, which are text of the client's. */
function fieldOf(error: unknown): string | undefined {
  const node = error instanceof GraphQLError ? error.nodes?.[0] : undefined;
  return node?.kind === Kind.FIELD ? node.name.value : undefined;
}
