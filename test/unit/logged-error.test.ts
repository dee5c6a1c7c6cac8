import { describe, expect, test } from '@jest/globals';
import { GraphQLError, parse, Source } from 'graphql';
import { loggedError } from '../../src/platform/observability/logged-error.js';

const MAX_LINE = 16_384;
const size = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('a logged error', () => {
  test('has the type, message, code and stack frames', () => {
    const error = Object.assign(new TypeError('no connection'), {
      code: 'ECONNREFUSED',
      address: '10.0.0.1',
    });
    expect(loggedError(error)).toEqual({
      type: 'TypeError',
      message: 'no connection',
      code: 'ECONNREFUSED',
      stack: expect.stringMatching(/^ {4}at .*logged-error\.test/),
    });
  });

  test('includes a limited number of causes, even of an error that is its own cause', () => {
    const inner = new Error('the driver', { cause: new Error('the socket') });
    expect(loggedError(new Error('the adapter', { cause: inner }))).toMatchObject({
      message: 'the adapter: the driver: the socket',
      stack: expect.stringContaining('caused by'),
    });
    const circle = new Error('round');
    circle.cause = circle;
    expect(loggedError(circle)).toMatchObject({ message: 'round: round: round: round' });
  });

  test.each([
    ['letters', 'x'],
    ['characters of three bytes', '茶'],
    ['characters of four bytes', '🍵'],
    ['quotes', '"'],
    ['line feeds', '\n'],
    ['terminal escapes', '\x1b[31m'],
    ['lone surrogates', '\ud83d'],
    ['right-to-left overrides', '\u202e'],
  ])('is bounded for a message of a megabyte of %s', (_, unit) => {
    const message = unit.repeat(Math.ceil(1_000_000 / unit.length));
    const error = new Error(message, { cause: new Error(message) });
    expect(size(loggedError(error))).toBeLessThan(MAX_LINE);
    expect(JSON.stringify(loggedError(error))).not.toMatch(/[\p{C}\u2028\u2029]|\\u001b|\\ud83d"/u);
  });

  test('is bounded for a deep stack, a long code and a long name', () => {
    const error = new Error('deep');
    error.stack = `Error: deep\n${'    at somewhere (/a/file.js:1:1)\n'.repeat(100_000)}`;
    error.name = 'N'.repeat(100_000);
    expect(size(loggedError(Object.assign(error, { code: 'c'.repeat(100_000) })))).toBeLessThan(MAX_LINE);
  });

  test('contains neither the text of a query nor the values of a row', () => {
    const body = '{ order(id: "pm_secret") { id } }';
    const error = new GraphQLError('failed', { nodes: parse(body).definitions, source: new Source(body) });
    const database = Object.assign(new Error('duplicate key'), {
      detail: 'Key (customer_id)=(pm_secret) exists.',
    });
    expect(JSON.stringify([loggedError(error), loggedError(database)])).not.toContain('pm_secret');
  });

  test('has a message for a thrown value that is not an error', () => {
    expect(loggedError('text')).toEqual({ message: 'text' });
    expect(loggedError(undefined)).toEqual({ message: 'undefined' });
    expect(loggedError({ message: 'like one' })).toMatchObject({ message: 'like one' });
  });

  test('contains nothing of a refused Redis command, which may be a login', () => {
    const command = { name: 'hello', args: ['3', 'AUTH', 'orders', 'hidden'] };
    const error = Object.assign(new Error('WRONGPASS invalid username-password pair'), { command });
    expect(JSON.stringify(loggedError(error))).not.toContain('hidden');
  });

  test('has the messages inside an AggregateError without one of its own', () => {
    const part = Object.assign(new Error('refused'), { password: 'hidden' });
    expect(loggedError(new AggregateError([part, new Error('too late')]))).toMatchObject({
      type: 'AggregateError',
      message: 'refused, too late',
    });
  });
});
