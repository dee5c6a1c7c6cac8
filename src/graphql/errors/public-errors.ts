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
import { refusedVariablePlace } from '../limits/variable-place.js';

/** Codes that Apollo gives to requests which never reach a resolver. */
const REQUEST_CODES = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
]);

/** An answer repeats the place of an error, and with it what the client called it, once for each error. */
const MAX_ALIAS_LENGTH = 100;
const MAX_LOCATIONS = 4;

/** A fault on the way through hundreds of fields is told a hundred times at the most. */
export const MAX_ERRORS = 100;
const TOO_MANY_TOKENS = /^Syntax Error: Document contains more that (\d+) tokens/;
/** The parser's, for thousands of brackets within each other. */
const TOO_DEEP = 'Maximum call stack size exceeded';

/** Whether it is no defect: something that the system needs is away or too busy, and the client may try again. */
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
 * What the client is told of an error: one of the API's codes, and no stack, SQL, Prisma or Redis text.
 * The same for HTTP and WebSocket.
 */
export class PublicErrors {
  /** @param tellsSchema whether messages may name types and fields; where introspection is off, they may not */
  constructor(private readonly tellsSchema: boolean) {}

  /** For a whole answer. */
  list(errors: readonly (GraphQLError | GraphQLFormattedError)[]): GraphQLFormattedError[] {
    return errors
      .slice(0, MAX_ERRORS)
      .map((error) => this.of(error instanceof GraphQLError ? error.toJSON() : error, error));
  }

  of(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
    return withPlace(this.publicError(formatted, error), formatted);
  }

  private publicError(formatted: GraphQLFormattedError, error: unknown): GraphQLError {
    const original = error instanceof GraphQLError ? (error.originalError ?? error) : error;
    if (original instanceof PublicError) return original;
    if (isUnavailable(original)) {
      log.warn({ err: original }, 'request failed: something it needs is unavailable');
      return serviceUnavailable();
    }
    const code = formatted.extensions?.['code'];
    if (typeof code === 'string' && REQUEST_CODES.has(code))
      return this.requestError(formatted.message, code);
    if (original instanceof GraphQLError && isCoercionError(formatted.message, code)) {
      const { message } = formatted;
      const place = error instanceof GraphQLError ? refusedVariablePlace(error) : undefined;
      return badUserInput([coercionViolation(message, original.message, this.tellsSchema, place)]);
    }
    if (error instanceof GraphQLError && isOfRequest(error))
      return this.requestError(formatted.message, 'BAD_REQUEST');
    log.error({ err: original, field: fieldOf(error) }, 'request failed unexpectedly');
    return new PublicError('Something went wrong on our side.', { code: 'INTERNAL_SERVER_ERROR' });
  }

  private requestError(message: string, code: string): GraphQLError {
    const [, tokens] = TOO_MANY_TOKENS.exec(message) ?? [];
    if (tokens !== undefined) return queryTooComplex(`At most ${tokens} tokens are allowed.`);
    if (message === TOO_DEEP) return queryTooComplex('The document nests too deep.');
    const isHidden = code === 'GRAPHQL_VALIDATION_FAILED' && !this.tellsSchema;
    const shown = isHidden ? 'The document does not fit the schema at this place.' : requestMessage(message);
    return new PublicError(shown, { code });
  }
}

function withPlace(error: GraphQLError, { path, locations }: GraphQLFormattedError): GraphQLFormattedError {
  const { message, extensions } = error;
  return {
    message,
    ...(path === undefined
      ? {}
      : { path: path.map((key) => (typeof key === 'string' ? truncate(key, MAX_ALIAS_LENGTH) : key)) }),
    ...(locations === undefined ? {} : { locations: locations.slice(0, MAX_LOCATIONS) }),
    // How HTTP is to answer is not for the client.
    extensions: Object.fromEntries(Object.entries(extensions).filter(([name]) => name !== 'http')),
  };
}

/** Arguments and variables of a wrong type are refused by GraphQL itself, before any resolver. */
function isCoercionError(message: string, code: unknown): boolean {
  return code === 'BAD_USER_INPUT' || /^(Variable|Argument) "/.test(message);
}

/** What fails in a field has its path; without one, GraphQL or Apollo refused the request before it ran. */
function isOfRequest({ path, originalError }: GraphQLError): boolean {
  return path === undefined && originalError === undefined;
}

/** The schema's name of the field that failed. Its path holds aliases, which are the client's text. */
function fieldOf(error: unknown): string | undefined {
  const node = error instanceof GraphQLError ? error.nodes?.[0] : undefined;
  return node?.kind === Kind.FIELD ? node.name.value : undefined;
}
