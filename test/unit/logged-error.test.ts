import { describe, expect, test } from '@jest/globals';
import { GraphQLError, parse, Source } from 'graphql';
import { loggedError } from '../../src/platform/observability/logged-error.js';

const MAX_LINE = 16_384;
const size = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('what the log holds of an error', () => {
  test('is its type, message, code and frames', () => {
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

  test('has its causes, too, a few of them, and none in a circle', () => {
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
    ['text of three bytes a character', '茶'],
    ['text of four bytes a character', '🍵'],
    ['quotes', '"'],
    ['line feeds', '\n'],
    ['terminal escapes', '\x1b[31m'],
    ['lone surrogates', '\ud83d'],
    ['marks that turn the direction', '\u202e'],
  ])('is bounded where its message is a megabyte of %s', (_, unit) => {
    const message = unit.repeat(Math.ceil(1_000_000 / unit.length));
    const error = new Error(message, { cause: new Error(message) });
    expect(size(loggedError(error))).toBeLessThan(MAX_LINE);
    expect(JSON.stringify(loggedError(error))).not.toMatch(/[\p{C}\u2028\u2029]|\\u001b|\\ud83d"/u);
  });

  test('is bounded where its stack is deep, and where code and name are long', () => {
    const error = new Error('deep');
    error.stack = `Error: deep\n${'    at somewhere (/a/file.js:1:1)\n'.repeat(100_000)}`;
    error.name = 'N'.repeat(100_000);
    expect(size(loggedError(Object.assign(error, { code: 'c'.repeat(100_000) })))).toBeLessThan(MAX_LINE);
  });

  test("holds neither a query's text nor a row's values", () => {
    const body = '{ order(id: "pm_secret") { id } }';
    const error = new GraphQLError('failed', { nodes: parse(body).definitions, source: new Source(body) });
    const database = Object.assign(new Error('duplicate key'), {
      detail: 'Key (customer_id)=(pm_secret) exists.',
    });
    expect(JSON.stringify([loggedError(error), loggedError(database)])).not.toContain('pm_secret');
  });

  test('is something where an error is none', () => {
    expect(loggedError('text')).toEqual({ message: 'text' });
    expect(loggedError(undefined)).toEqual({ message: 'undefined' });
    expect(loggedError({ message: 'like one' })).toMatchObject({ message: 'like one' });
  });

  test('holds no word of a refused Redis command, which may be a login', () => {
    const command = { name: 'hello', args: ['3', 'AUTH', 'orders', 'hidden'] };
    const error = Object.assign(new Error('WRONGPASS invalid username-password pair'), { command });
    expect(JSON.stringify(loggedError(error))).not.toContain('hidden');
  });

  test('holds what an error that says nothing stands for', () => {
    const part = Object.assign(new Error('refused'), { password: 'hidden' });
    expect(loggedError(new AggregateError([part, new Error('too late')]))).toMatchObject({
      type: 'AggregateError',
      message: 'refused, too late',
    });
  });
});
