import { Prisma } from '../generated/prisma/client.js';

/** Prisma's codes for a server that can't be reached, is too busy, or gave the transaction up. */
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
 * SQLSTATE classes and codes for a fault of the server, not of the statement.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const SQLSTATES = [/^08/, /^53/, /^57/, /^58/, /^40/, /^25006$/, /^55P03$/];
/** The driver's plain errors have no code. */
const DRIVER_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Cannot use a pool after|(read|connect|write) E[A-Z]+|Server has closed)/;
const SOCKET_CODES = /^E(CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|AI_AGAIN|NOTFOUND)$/;

/**
 * Whether the database, not the statement, is at fault. The statement's outcome is then unknown, and the
 * caller may try again.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (error instanceof Prisma.PrismaClientKnownRequestError && PRISMA_CODES.has(error.code)) return true;
  return [...causes(error)].some(isServerFault);
}

function isServerFault(error: object): boolean {
  const { message, code, originalCode, kind } = error as Readonly<Record<string, unknown>>;
  const codes = [code, originalCode].filter((value) => typeof value === 'string');
  if (
    codes.some(
      (value) =>
        SOCKET_CODES.test(value) || (value.length === 5 && SQLSTATES.some((state) => state.test(value))),
    )
  ) {
    return true;
  }
  if (
    typeof kind === 'string' &&
    /^(DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections)$/.test(kind)
  )
    return true;
  return typeof message === 'string' && DRIVER_MESSAGES.test(message);
}

/** The error and what it wraps, wherever Prisma and its driver adapter put that. */
function* causes(error: unknown, depth = 0): Generator<object> {
  if (typeof error !== 'object' || error === null || depth > 5) return;
  yield error;
  const { cause, meta, driverAdapterError } = error as Readonly<Record<string, unknown>>;
  for (const inner of [cause, meta, driverAdapterError]) yield* causes(inner, depth + 1);
}
