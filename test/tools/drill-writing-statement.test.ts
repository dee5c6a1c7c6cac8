import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { isWriting } from '../drills/system/writing-statement.js';

/** They say nothing new about an order: a cut at their commit has nothing to show. */
const NOT_OF_ORDERS = [
  ...['change-product', 'create-product'],
  ...['purge-delivered', 'purge-payment-declines', 'purge-webhook-events'],
];

interface Statement {
  readonly name: string;
  readonly writes: boolean;
}

/** The system's named statements, as they stand in its code. */
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

test('a cut at a commit knows every statement that writes of an order, and no other', () => {
  const named = statements();
  expect(named.length).toBeGreaterThan(15);
  for (const { name, writes } of named) {
    const expected = writes && !NOT_OF_ORDERS.includes(name);
    expect([name, isWriting(Buffer.from(`B\0\0${name}\0`))]).toEqual([name, expected]);
  }
});

test('transitions count, whoever accompanies them', () => {
  expect(isWriting(Buffer.from('B\0\0transition-order-with-dead-letter\0'))).toBe(true);
});
