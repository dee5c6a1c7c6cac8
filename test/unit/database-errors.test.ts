import { describe, expect, test } from '@jest/globals';
import { Prisma } from '../../src/generated/prisma/client.js';
import {
  isAnswerLost,
  isDatabaseUnavailable,
  isRolledBack,
} from '../../src/platform/database/database-errors.js';
import { DeadlineExceededError } from '../../src/platform/with-timeout.js';

function prismaError(code: string, meta: Record<string, unknown> = {}): Error {
  return new Prisma.PrismaClientKnownRequestError('failed', { code, clientVersion: '7', meta });
}
import { QueueFullError } from '../../src/platform/queue-full-error.js';

/** An error of the driver adapter, as Prisma wraps it. */
function adapterError(code: string, cause: Record<string, unknown>): Error {
  return prismaError(code, { driverAdapterError: Object.assign(new Error('adapter'), { cause }) });
}

/** A failed raw statement. */
function rawError(sqlState: string): Error {
  return adapterError('P2010', {
    kind: 'postgres',
    code: sqlState,
    originalCode: sqlState,
    originalMessage: 'as the server says',
  });
}

const withCode = (code: string) => Object.assign(new Error('driver'), { code });

describe('isDatabaseUnavailable', () => {
  test.each(['P1000', 'P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037'])(
    "is true for Prisma's %s",
    (code) => {
      expect(isDatabaseUnavailable(prismaError(code))).toBe(true);
    },
  );

  test.each([
    ['08006', 'a connection that failed'],
    ['40001', 'a serialization failure'],
    ['40P01', 'a deadlock'],
    ['53100', 'a full disk'],
    ['53300', 'too many connections'],
    ['55P03', 'a lock that is not available'],
    ['57014', 'a statement that took too long'],
    ['57P01', 'a terminated connection'],
    ['57P03', 'a server that is starting up'],
    ['58030', 'an I/O error'],
    ['25006', 'a read-only server'],
  ])('is true for SQLSTATE %s, %s, from the driver and through Prisma', (state) => {
    expect(isDatabaseUnavailable(withCode(state))).toBe(true);
    expect(isDatabaseUnavailable(rawError(state))).toBe(true);
  });

  test.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN'])(
    'is true for a socket error %s',
    (code) => {
      expect(isDatabaseUnavailable(withCode(code))).toBe(true);
    },
  );

  test.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Query read timeout',
    'Client was closed and is not queryable',
    'Client has encountered a connection error and is not queryable',
    'Cannot use a pool after calling end on the pool',
    'read ECONNRESET',
  ])("is true for the driver's %j", (message) => {
    expect(isDatabaseUnavailable(new Error(message))).toBe(true);
  });

  test('is true if Prisma could not start', () => {
    expect(isDatabaseUnavailable(new Prisma.PrismaClientInitializationError('no server', '7'))).toBe(true);
  });

  test('is true for our own full queue and exceeded deadline', () => {
    expect(isDatabaseUnavailable(new QueueFullError('a database connection', 1_000))).toBe(true);
    expect(isDatabaseUnavailable(new DeadlineExceededError('storing an order', 4_000))).toBe(true);
  });

  test('is true for such an error inside other errors', () => {
    const inner = new Error('outer', { cause: new Error('middle', { cause: withCode('57P01') }) });
    expect(isDatabaseUnavailable(inner)).toBe(true);
  });

  test.each(['P2002', 'P2003', 'P2025', 'P2010'])("is false for Prisma's %s", (code) => {
    expect(isDatabaseUnavailable(prismaError(code))).toBe(false);
  });

  test.each(['23505', '23514', '22021', '22P02', '42601', '42P01', '25P02', 'XX000'])(
    'is false for SQLSTATE %s, which the statement caused',
    (state) => {
      expect(isDatabaseUnavailable(withCode(state))).toBe(false);
      expect(isDatabaseUnavailable(rawError(state))).toBe(false);
    },
  );

  test.each([
    ['a plain error', new Error('something else')],
    ['a message that only mentions a connection', new Error('the customer wrote: Connection terminated')],
    ['undefined', undefined],
    ['null', null],
    ['a string', 'ECONNREFUSED'],
  ])('is false for %s', (_, error) => {
    expect(isDatabaseUnavailable(error)).toBe(false);
  });

  test('ends for an error that is its own cause', () => {
    const error = new Error('circle');
    error.cause = error;
    expect(isDatabaseUnavailable(error)).toBe(false);
  });
});

describe('isAnswerLost', () => {
  test.each([
    ['a cut connection', new Error('Connection terminated unexpectedly')],
    ['a connection that we closed', new Error('Connection terminated')],
    [
      'a connection that had failed before',
      new Error('Client has encountered a connection error and is not queryable'),
    ],
    ['a connection reset', withCode('ECONNRESET')],
    ['a broken pipe', withCode('EPIPE')],
    ['a connection that timed out', withCode('ETIMEDOUT')],
    ['a read timeout', new Error('Query read timeout')],
    ['a terminated backend', withCode('57P01')],
    ['a crashed server', withCode('57P02')],
    ['a statement of unknown completion', withCode('40003')],
    ['a connection failure that the server reports', withCode('08006')],
    ["Prisma's closed connection", prismaError('P1017')],
    ['our own deadline', new DeadlineExceededError('storing an order', 4_000)],
  ])('is true for %s', (_, error) => {
    expect(isAnswerLost(error)).toBe(true);
  });

  test.each([
    ['a full queue', new QueueFullError('a database connection', 1_000)],
    ['no free connection in time', new Error('timeout exceeded when trying to connect')],
    ['no new connection in time', new Error('Connection terminated due to connection timeout')],
    ['a refused connection', withCode('ECONNREFUSED')],
    ['an unknown host', withCode('ENOTFOUND')],
    ['a refused connection through Prisma', adapterError('P1001', { kind: 'DatabaseNotReachable' })],
    ['a server that is starting up', withCode('57P03')],
    ['too many connections', rawError('53300')],
    ['a full disk', rawError('53100')],
    ['a statement that the server canceled', rawError('57014')],
    ['a deadlock', rawError('40P01')],
    ['a constraint violation', rawError('23505')],
    ['anything else', new Error('something else')],
  ])('is false for %s', (_, error) => {
    expect(isAnswerLost(error)).toBe(false);
  });
});

describe('isRolledBack', () => {
  test.each(['40001', '40P01'])('is true for SQLSTATE %s, from the driver and through Prisma', (state) => {
    expect(isRolledBack(withCode(state))).toBe(true);
    expect(isRolledBack(rawError(state))).toBe(true);
    const cause = { kind: 'TransactionWriteConflict', originalCode: state };
    expect(isRolledBack(adapterError('P2034', cause))).toBe(true);
  });

  test.each(['40003', '57P01', '23505', '25P02'])('is false for SQLSTATE %s', (state) => {
    expect(isRolledBack(withCode(state))).toBe(false);
    expect(isRolledBack(rawError(state))).toBe(false);
  });

  test('is false for an answer that was lost', () => {
    expect(isRolledBack(new Error('Connection terminated unexpectedly'))).toBe(false);
  });
});
