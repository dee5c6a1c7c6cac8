import { describe, expect, test } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { Redis } from 'ioredis';
import { badUserInput } from '../../src/graphql/errors/errors.js';
import { PublicErrors } from '../../src/graphql/errors/public-errors.js';
import { retryOnConflict, TooManyConflictsError } from '../../src/orders/retry-on-conflict.js';
import { GatewayUnavailableError } from '../../src/payments/payment-gateway.js';
import { DeadlineExceededError } from '../../src/platform/with-timeout.js';

/** What a client is told where a resolver threw this. */
function told(originalError: Error) {
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

describe("an outage, in a client's eyes", () => {
  test.each<[string, Error]>([
    ['a deadline', new DeadlineExceededError('storing an order', 5)],
    ['a lost connection to PostgreSQL', new Error('Connection terminated unexpectedly')],
    ['the payment gateway', new GatewayUnavailableError('the payment gateway did not answer')],
    ['an order that does not keep still', new TooManyConflictsError('it was to be cancelled', 20)],
    ['Redis at its memory limit', reply("OOM command not allowed when used memory > 'maxmemory'.")],
    ['Redis that reads its disk', reply('LOADING Redis is loading the dataset in memory')],
    ['Redis without its disk', reply('MISCONF Redis is configured to save RDB snapshots')],
  ])('is one of the service: %s', (_, error) => {
    expect(told(error)).toEqual(UNAVAILABLE);
  });

  test('is one of the service: a Redis that is not there, whichever way its client says so', async () => {
    const settings = { retryStrategy: () => 20, maxRetriesPerRequest: 1, disconnectTimeout: 10 };
    const failing = new Redis(9, '127.0.0.1', { ...settings, enableOfflineQueue: false });
    const waiting = new Redis(9, '127.0.0.1', settings);
    for (const redis of [failing, waiting]) redis.on('error', () => undefined);
    try {
      expect(told(await thrownBy(failing.ping()))).toEqual(UNAVAILABLE);
      expect(told(await thrownBy(waiting.ping()))).toEqual(UNAVAILABLE);
    } finally {
      failing.disconnect();
      waiting.disconnect();
    }
    expect(told(await thrownBy(failing.ping()))).toEqual(UNAVAILABLE);
  });

  test.each<[string, Error]>([
    ['of Redis', reply('WRONGTYPE Operation against a key holding the wrong kind of value')],
    ['of ours', new TypeError('x is not a function')],
  ])('is not a defect %s', (_, error) => {
    expect(told(error)).toEqual(DEFECT);
  });
});

describe('bad input', () => {
  const violations = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      field: `items.${index}.sku`,
      message: 'must be something',
    }));

  test('names every violation, as long as a person can read it', () => {
    const { message, extensions } = badUserInput(violations(5));
    expect(extensions['violations']).toEqual(violations(5));
    expect(message).toMatch(/items\.4\.sku must be something\.$/);
  });

  test.each([
    [6, 6, 1],
    [100, 100, 95],
    [101, 100, 96],
    [30_000, 100, 29_995],
  ])('of %d violations lists %d', (count, listed, more) => {
    const { message, extensions } = badUserInput(violations(count));
    expect(extensions['violations']).toEqual(violations(listed));
    expect(message).toMatch(new RegExp(`items\\.4\\.sku must be something; and ${more} more\\.$`));
  });

  test('is cut where a client makes it long', () => {
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

  test('says where, without the whole of a long alias', () => {
    const alias = 'a'.repeat(1_000);
    const error = new GraphQLError('no', {
      path: [alias, 7, 'b'],
      originalError: badUserInput(violations(1)),
    });
    const locations = Array.from({ length: 1_000 }, () => ({ line: 1, column: 1 }));
    const told = new PublicErrors(true).format({ ...error.toJSON(), locations }, error);
    expect(told.path).toEqual([`${'a'.repeat(100)}…`, 7, 'b']);
    expect(told.locations?.length).toBeLessThan(10);
  });
});

describe('decideAfresh', () => {
  test('decides again until someone else is no longer faster', async () => {
    const answers = [undefined, undefined, 'done', 'too much'];
    expect(await retryOnConflict('tested', async () => answers.shift())).toBe('done');
    expect(answers).toEqual(['too much']);
  });

  test('gives up after so many races, and says so', async () => {
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
  test('is too complex, and no defect', () => {
    const error = new GraphQLError('Maximum call stack size exceeded', {
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
    });
    expect(new PublicErrors(false).format(error.toJSON(), error)).toEqual({
      message: 'The document is nested too deeply.',
      extensions: { code: 'QUERY_TOO_COMPLEX' },
    });
  });
});
