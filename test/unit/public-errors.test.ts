import { describe, expect, test } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { Redis } from 'ioredis';
import { badUserInput } from '../../src/graphql/errors/errors.js';
import { PublicErrors } from '../../src/graphql/errors/public-errors.js';
import { retryOnConflict, TooManyConflictsError } from '../../src/orders/retry-on-conflict.js';
import { GatewayUnavailableError } from '../../src/payments/payment-gateway.js';
import { DeadlineExceededError } from '../../src/platform/with-timeout.js';

/** The error that a client receives when a resolver throws this one. */
function publicErrorOf(originalError: Error) {
  const error = new GraphQLError(originalError.message, { originalError, path: ['cancelOrder'] });
  return new PublicErrors(false).format(error.toJSON(), error);
}

const UNAVAILABLE = {
  message: expect.stringContaining('not available') as unknown,
  path: ['cancelOrder'],
  extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true, retryAfterMs: expect.any(Number) as unknown },
};
const DEFECT = {
  message: 'Something went wrong on our side.',
  path: ['cancelOrder'],
  extensions: { code: 'INTERNAL_SERVER_ERROR' },
};

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });
const thrownBy = async (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => new Error('nothing was thrown'),
    (error: unknown) => error as Error,
  );

describe('PublicErrors', () => {
  test.each<[string, Error]>([
    ['an exceeded deadline', new DeadlineExceededError('storing an order', 5)],
    ['a lost connection to PostgreSQL', new Error('Connection terminated unexpectedly')],
    ['an unavailable payment gateway', new GatewayUnavailableError('the payment gateway did not answer')],
    ['too many conflicts over an order', new TooManyConflictsError('it was to be cancelled', 20)],
    ['Redis at its memory limit', reply("OOM command not allowed when used memory > 'maxmemory'.")],
    ['Redis while it loads its data', reply('LOADING Redis is loading the dataset in memory')],
    ['Redis that can not write to its disk', reply('MISCONF Redis is configured to save RDB snapshots')],
  ])('reports SERVICE_UNAVAILABLE for %s', (_, error) => {
    expect(publicErrorOf(error)).toEqual(UNAVAILABLE);
  });

  test('reports SERVICE_UNAVAILABLE for an unreachable Redis, whichever error its client throws', async () => {
    const settings = { retryStrategy: () => 20, maxRetriesPerRequest: 1, disconnectTimeout: 10 };
    const failing = new Redis(9, '127.0.0.1', { ...settings, enableOfflineQueue: false });
    const waiting = new Redis(9, '127.0.0.1', settings);
    for (const redis of [failing, waiting]) redis.on('error', () => undefined);
    try {
      expect(publicErrorOf(await thrownBy(failing.ping()))).toEqual(UNAVAILABLE);
      expect(publicErrorOf(await thrownBy(waiting.ping()))).toEqual(UNAVAILABLE);
    } finally {
      failing.disconnect();
      waiting.disconnect();
    }
    expect(publicErrorOf(await thrownBy(failing.ping()))).toEqual(UNAVAILABLE);
  });

  test.each<[string, Error]>([
    [
      'a Redis error about the command',
      reply('WRONGTYPE Operation against a key holding the wrong kind of value'),
    ],
    ['an error in our code', new TypeError('x is not a function')],
  ])('reports INTERNAL_SERVER_ERROR for %s', (_, error) => {
    expect(publicErrorOf(error)).toEqual(DEFECT);
  });
});

describe('badUserInput', () => {
  const violations = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      field: `items.${index}.sku`,
      message: 'must be something',
    }));

  test('names each of five violations in its message', () => {
    const { message, extensions } = badUserInput(violations(5));
    expect(extensions['violations']).toEqual(violations(5));
    expect(message).toMatch(/items\.4\.sku must be something\.$/);
  });

  test.each([
    [6, 6, 1],
    [100, 100, 95],
    [101, 100, 96],
    [30_000, 100, 29_995],
  ])('of %d violations, lists %d and names five in its message', (count, listed, more) => {
    const { message, extensions } = badUserInput(violations(count));
    expect(extensions['violations']).toEqual(violations(listed));
    expect(message).toMatch(new RegExp(`items\\.4\\.sku must be something; and ${more} more\\.$`));
  });

  test('truncates long field names and messages', () => {
    const long = 'x'.repeat(50_000);
    const { message, extensions } = badUserInput(
      Array.from({ length: 1_000 }, () => ({ field: long, message: long })),
    );
    expect(message.length).toBeLessThan(2_000);
    expect(JSON.stringify(extensions).length).toBeLessThan(64_000);
    expect(extensions['violations']).toContainEqual({
      field: `${'x'.repeat(100)}…`,
      message: `${'x'.repeat(200)}…`,
    });
  });

  test('truncates a long alias in its path, and a long list of locations', () => {
    const alias = 'a'.repeat(1_000);
    const error = new GraphQLError('no', {
      path: [alias, 7, 'b'],
      originalError: badUserInput(violations(1)),
    });
    const locations = Array.from({ length: 1_000 }, () => ({ line: 1, column: 1 }));
    const published = new PublicErrors(true).format({ ...error.toJSON(), locations }, error);
    expect(published.path).toEqual([`${'a'.repeat(100)}…`, 7, 'b']);
    expect(published.locations?.length).toBeLessThan(10);
  });
});

describe('retryOnConflict', () => {
  test('decides again until there is no conflict', async () => {
    const answers = [undefined, undefined, 'done', 'too much'];
    expect(await retryOnConflict('tested', async () => answers.shift())).toBe('done');
    expect(answers).toEqual(['too much']);
  });

  test('throws TooManyConflictsError after a number of conflicts', async () => {
    let races = 0;
    const decide = async () => {
      races += 1;
      return undefined;
    };
    const error = await thrownBy(retryOnConflict('it was tested', decide, 3));
    expect(error).toEqual(new TooManyConflictsError('it was tested', 3));
    expect(races).toBe(3);
  });
});

describe('a document that overflows the parser', () => {
  test('is reported as QUERY_TOO_COMPLEX, not as a defect', () => {
    const error = new GraphQLError('Maximum call stack size exceeded', {
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
    });
    expect(new PublicErrors(false).format(error.toJSON(), error)).toEqual({
      message: 'The document is nested too deeply.',
      extensions: { code: 'QUERY_TOO_COMPLEX' },
    });
  });
});
