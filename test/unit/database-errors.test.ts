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

/** What the driver adapter reports, as Prisma wraps it. */
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
    "says yes to Prisma's %s",
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
    ['57P03', 'a server that starts up'],
    ['58030', 'an I/O error'],
    ['25006', 'a read-only server'],
  ])('says yes to SQLSTATE %s, %s, from the driver and through Prisma', (state) => {
    expect(isDatabaseUnavailable(withCode(state))).toBe(true);
    expect(isDatabaseUnavailable(rawError(state))).toBe(true);
  });

  test.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN'])(
    'says yes to a socket that ends with %s',
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
  ])("says yes to the driver's %j", (message) => {
    expect(isDatabaseUnavailable(new Error(message))).toBe(true);
  });

  test('says yes to a Prisma that could not start', () => {
    expect(isDatabaseUnavailable(new Prisma.PrismaClientInitializationError('no server', '7'))).toBe(true);
  });

  test('says yes to our own limits', () => {
    expect(isDatabaseUnavailable(new QueueFullError('a database connection', 1_000))).toBe(true);
    expect(isDatabaseUnavailable(new DeadlineExceededError('storing an order', 4_000))).toBe(true);
  });

  test('looks through what wraps the cause', () => {
    const inner = new Error('outer', { cause: new Error('middle', { cause: withCode('57P01') }) });
    expect(isDatabaseUnavailable(inner)).toBe(true);
  });

  test.each(['P2002', 'P2003', 'P2025', 'P2010'])("says no to Prisma's %s", (code) => {
    expect(isDatabaseUnavailable(prismaError(code))).toBe(false);
  });

  test.each(['23505', '23514', '22021', '22P02', '42601', '42P01', '25P02', 'XX000'])(
    'says no to SQLSTATE %s: the statement is at fault',
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
    ['text', 'ECONNREFUSED'],
  ])('says no to %s', (_, error) => {
    expect(isDatabaseUnavailable(error)).toBe(false);
  });

  test('comes to an end with an error that is its own cause', () => {
    const error = new Error('circle');
    error.cause = error;
    expect(isDatabaseUnavailable(error)).toBe(false);
  });
});

describe('isAnswerLost', () => {
  test.each([
    ['a cut connection', new Error('Connection terminated unexpectedly')],
    ['one that we ended ourselves', new Error('Connection terminated')],
    ['one that ended before', new Error('Client has encountered a connection error and is not queryable')],
    ['a reset', withCode('ECONNRESET')],
    ['a broken pipe', withCode('EPIPE')],
    ['a link that gave up', withCode('ETIMEDOUT')],
    ['no answer in time', new Error('Query read timeout')],
    ['a terminated backend', withCode('57P01')],
    ['a crashed server', withCode('57P02')],
    ['an outcome that the server does not know', withCode('40003')],
    ['a failed connection, as the server says', withCode('08006')],
    ["Prisma's closed connection", prismaError('P1017')],
    ['our own deadline', new DeadlineExceededError('storing an order', 4_000)],
  ])('says yes to %s', (_, error) => {
    expect(isAnswerLost(error)).toBe(true);
  });

  test.each([
    ['a full queue', new QueueFullError('a database connection', 1_000)],
    ['no free connection in time', new Error('timeout exceeded when trying to connect')],
    ['no new connection in time', new Error('Connection terminated due to connection timeout')],
    ['a refused connection', withCode('ECONNREFUSED')],
    ['an unknown host', withCode('ENOTFOUND')],
    ['a refused connection through Prisma', adapterError('P1001', { kind: 'DatabaseNotReachable' })],
    ['a server that starts up', withCode('57P03')],
    ['too many connections', rawError('53300')],
    ['a full disk', rawError('53100')],
    ['a statement that the server gave up', rawError('57014')],
    ['a deadlock', rawError('40P01')],
    ['a fault of the statement', rawError('23505')],
    ['anything else', new Error('something else')],
  ])('says no to %s', (_, error) => {
    expect(isAnswerLost(error)).toBe(false);
  });
});

describe('isRolledBack', () => {
  test.each(['40001', '40P01'])('says yes to SQLSTATE %s, from the driver and through Prisma', (state) => {
    expect(isRolledBack(withCode(state))).toBe(true);
    expect(isRolledBack(rawError(state))).toBe(true);
    const cause = { kind: 'TransactionWriteConflict', originalCode: state };
    expect(isRolledBack(adapterError('P2034', cause))).toBe(true);
  });

  test.each(['40003', '57P01', '23505', '25P02'])('says no to SQLSTATE %s', (state) => {
    expect(isRolledBack(withCode(state))).toBe(false);
    expect(isRolledBack(rawError(state))).toBe(false);
  });

  test('says no to a lost answer', () => {
    expect(isRolledBack(new Error('Connection terminated unexpectedly'))).toBe(false);
  });
});
