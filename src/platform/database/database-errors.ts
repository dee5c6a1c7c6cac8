import { Prisma } from '../../generated/prisma/client.js';
import { DeadlineExceededError } from '../with-timeout.js';
import { QueueFullError } from '../queue-full-error.js';

/** Prisma's codes for an unreachable or overloaded server, and for an aborted transaction. */
const PRISMA_CODES = new Set([
  'P1000',
  'P1001',
  'P1002',
  'P1008',
  'P1011',
  'P1017',
  'P2024',
  'P2028',
  'P2034',
  'P2037',
]);
/**
 * SQLSTATE classes and codes for faults of the server, not of the statement.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const SQLSTATES = [/^08/, /^53/, /^57/, /^58/, /^40/, /^25006$/, /^55P03$/];
/** Errors of the driver, which have no code. */
const DRIVER_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client (has encountered a connection error|was closed)|Cannot use a pool after|(read|connect|write) E[A-Z]+|Server has closed)/;
const SOCKET_CODES = /^E(CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|AI_AGAIN|NOTFOUND)$/;
/** Kinds that the driver adapter maps some of these to, without a code. */
const ADAPTER_KINDS = /^(DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections)$/;

/** No connection, so the statement was never sent. */
const NOT_CONNECTED_CODES = /^(E(CONNREFUSED|AI_AGAIN|NOTFOUND)|57P03|53300)$/;
const NOT_CONNECTED_MESSAGES =
  /^(timeout exceeded when trying to connect|timeout expired|Connection terminated due to connection timeout|Cannot use a pool after)/;
const NOT_CONNECTED_KINDS = /^(DatabaseNotReachable|TooManyConnections)$/;
/** Serialization failure and deadlock. Not the whole class: after 40003 the outcome is unknown. */
const ROLLED_BACK_CODES = /^40(001|P01)$/;
/** The server's answer as it ends the connection: the statement may have been committed just before. */
const CONNECTION_ENDED_CODES = /^(08...|40003|57P0[^3])$/;
const QUERY_CANCELED = '57014';
const READ_ONLY = '25006';
/** Each SQLSTATE contains a digit; EPIPE doesn't. */
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/;

/** Whether the database, not the statement, is at fault. The outcome may be unknown; the caller may try again. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (error instanceof Prisma.PrismaClientKnownRequestError && PRISMA_CODES.has(error.code)) return true;
  return [...causes(error)].some(
    (cause) =>
      cause instanceof QueueFullError ||
      cause instanceof DeadlineExceededError ||
      codesOf(cause).some(
        (code) =>
          SOCKET_CODES.test(code) || (SQLSTATE.test(code) && SQLSTATES.some((state) => state.test(code))),
      ) ||
      matches(cause, DRIVER_MESSAGES, ADAPTER_KINDS),
  );
}

/** Whether PostgreSQL rolled the transaction back in a conflict with another one, so that it can be retried. */
export function isRolledBack(error: unknown): boolean {
  return [...causes(error)].some((cause) => codesOf(cause).some((code) => ROLLED_BACK_CODES.test(code)));
}

/**
 * Whether a statement may have been sent but its answer was lost: it may have been committed, may not, or may be yet.
 * False for what the server refused, and where there was no connection.
 */
export function isAnswerLost(error: unknown): boolean {
  if (error === undefined || !isDatabaseUnavailable(error) || isNotConnected(error)) return false;
  return ![...causes(error)].some((cause) =>
    codesOf(cause).some((code) => SQLSTATE.test(code) && !CONNECTION_ENDED_CODES.test(code)),
  );
}

/** Whether the statement was never sent, for lack of a connection. */
export function isNotConnected(error: unknown): boolean {
  return [...causes(error)].some(
    (cause) =>
      cause instanceof QueueFullError ||
      codesOf(cause).some((code) => NOT_CONNECTED_CODES.test(code)) ||
      matches(cause, NOT_CONNECTED_MESSAGES, NOT_CONNECTED_KINDS),
  );
}

/** Whether this connection's server accepts no writes. A new connection may reach one that does. */
export function isReadOnly(error: unknown): boolean {
  return hasSqlState(error, READ_ONLY);
}

/** Whether PostgreSQL answered with this SQLSTATE. */
export function hasSqlState(error: unknown, state: string): boolean {
  return [...causes(error)].some((cause) => codesOf(cause).includes(state));
}

/** Whether PostgreSQL refused the statement or cancelled it at its timeout: it was undone, and others may succeed. */
export function isStatementRefused(error: unknown): boolean {
  if (!isDatabaseUnavailable(error)) return true;
  return hasSqlState(error, QUERY_CANCELED);
}

function matches(error: object, messages: RegExp, kinds: RegExp): boolean {
  const { message, kind } = error as Readonly<Record<string, unknown>>;
  return (
    (typeof message === 'string' && messages.test(message)) || (typeof kind === 'string' && kinds.test(kind))
  );
}

/** The server's SQLSTATE or the socket's code, but not Prisma's own codes. */
function codesOf(error: object): string[] {
  if (error instanceof Prisma.PrismaClientKnownRequestError) return [];
  const { code, originalCode } = error as Readonly<Record<string, unknown>>;
  return [code, originalCode].filter((value) => typeof value === 'string');
}

/** The error and all errors that it wraps, wherever Prisma and its driver adapter put them. */
function* causes(error: unknown, depth = 0): Generator<object> {
  if (typeof error !== 'object' || error === null || depth > 5) return;
  yield error;
  const { cause, meta, driverAdapterError } = error as Readonly<Record<string, unknown>>;
  for (const inner of [cause, meta, driverAdapterError]) yield* causes(inner, depth + 1);
}
