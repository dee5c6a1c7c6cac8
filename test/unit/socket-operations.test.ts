import { describe, expect, test } from '@jest/globals';
import { clientIdOf, SocketOperations, withClientId } from '../../src/subscriptions/socket-operations.js';

/** @throws where there is an active operation with this id */
function open(operations: SocketOperations, clientId: string): string {
  const innerId = operations.open(clientId);
  if (innerId === undefined) throw new Error(`${clientId} is active`);
  return innerId;
}

describe('the operations of a socket', () => {
  test("have unique inner ids, from which the client's ids can be read", () => {
    const operations = new SocketOperations();
    const first = open(operations, '1:a');
    operations.complete('1:a');
    const second = open(operations, '1:a');
    expect(second).not.toBe(first);
    expect([first, second].map(clientIdOf)).toEqual(['1:a', '1:a']);
  });

  test('refuse an active id until the client completes it or it ends', () => {
    const operations = new SocketOperations();
    const first = open(operations, '1');
    expect(operations.open('1')).toBeUndefined();
    expect(operations.complete('1')).toBe(first);
    expect(operations.complete('1')).toBeUndefined();
    const second = open(operations, '1');
    operations.begin(second);
    expect(operations.open('1')).toBeUndefined();
    operations.end(second);
    expect(operations.complete('1')).toBeUndefined();
    expect(operations.open('1')).toBeDefined();
  });

  test('with the same id stay separate if the earlier one ends after the later one has begun', () => {
    const operations = new SocketOperations();
    const first = open(operations, '1');
    operations.complete('1');
    const second = open(operations, '1');
    operations.end(first);
    expect(operations.open('1')).toBeUndefined();
    expect(operations.complete('1')).toBe(second);
  });

  test('are counted until their set-up ends, even after the client has completed them', () => {
    const operations = new SocketOperations();
    const [left, kept] = [open(operations, '1'), open(operations, '2')];
    operations.complete('1');
    expect(operations.count).toBe(2);
    operations.begin(left);
    operations.begin(kept);
    expect(operations.count).toBe(1);
    operations.complete('2');
    expect(operations.count).toBe(0);
    operations.end(left);
    operations.end(kept);
    expect(operations.count).toBe(0);
  });

  test.each<[string, string]>([
    ['{"id":"12:a","type":"complete"}', '{"id":"a","type":"complete"}'],
    ['{"id":"1:2:\\"","type":"error","payload":[]}', '{"id":"2:\\"","type":"error","payload":[]}'],
    ['{"type":"pong","payload":{"id":"1:a"}}', '{"type":"pong","payload":{"id":"1:a"}}'],
  ])('are sent to the client under its own ids: %s', (inner, outer) => {
    expect(withClientId(inner)).toBe(outer);
  });
});
