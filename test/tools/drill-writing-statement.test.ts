import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { isWriting } from '../drills/system/writing-statement.js';

/** They change no order, so a cut at their commit would test nothing. */
const NOT_OF_ORDERS = [
  ...['change-product', 'create-product'],
  ...['purge-delivered', 'purge-payment-declines', 'purge-webhook-events'],
  ...['open-window', 'advance-window', 'finish-window', 'restart-window', 'begin-gap', 'close-gap'],
  ...['note-hints', 'drop-hints', 'note-missing-orders', 'take-due-discrepancies', 'store-discrepancies'],
  ...['note-missing-order', 'note-lost-payments', 'write-database-beat', 'open-database-gap'],
  ...['note-compared', 'close-discrepancy', 'release-refund', 'consume-refund-key'],
];

interface Statement {
  readonly name: string;
  readonly writes: boolean;
}

/** The named statements in the system's code. */
function statements(): Statement[] {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('generated'),
  );
  return files.flatMap((file) =>
    [...readFileSync(`src/${file}`, 'utf8').matchAll(/`\/\* ([a-z-]+) \*\/([^]*?)`/g)].map(
      ([, name = '', text = '']) => ({ name, writes: /\b(INSERT INTO|UPDATE \w+|DELETE FROM)\b/.test(text) }),
    ),
  );
}

test('isWriting is true for exactly the named statements that change an order', () => {
  const named = statements();
  expect(named.length).toBeGreaterThan(15);
  for (const { name, writes } of named) {
    const expected = writes && !NOT_OF_ORDERS.includes(name);
    expect([name, isWriting(Buffer.from(`B\0\0${name}\0`))]).toEqual([name, expected]);
  }
});

test.each(['transition-order-with-dead-letter', 'store-webhook-event-with-message-with-resumed'])(
  'isWriting is true for a statement with more writes, such as %s',
  (name) => {
    expect(isWriting(Buffer.from(`B\0\0${name}\0`))).toBe(true);
  },
);
