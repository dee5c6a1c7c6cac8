import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  fingerprint,
  FINGERPRINT_VERSION,
  isKnownFingerprintVersion,
  type OrderInput,
} from '../../src/orders/create/fingerprint.js';
import type { Money } from '../../src/orders/order.js';

const print = (input: OrderInput) => Buffer.from(fingerprint(input)).toString('hex');

const sku = fc.string({ minLength: 1, maxLength: 8 });
const line = fc.record({ sku, quantity: fc.integer({ min: 1, max: 1_000 }) });
const total: fc.Arbitrary<Money> = fc.record({
  amount: fc.integer({ min: 1 }),
  currency: fc.constantFrom('EUR', 'USD'),
});
const input = fc.record({
  items: fc.uniqueArray(line, { selector: (item) => item.sku, minLength: 1, maxLength: 6 }),
  paymentMethod: fc.string({ minLength: 1, maxLength: 20 }),
  expectedTotal: fc.option(total),
});

/** Compares the meaning independently of the implementation. */
function sameMeaning(a: OrderInput, b: OrderInput): boolean {
  const total = ({ expectedTotal }: OrderInput) =>
    expectedTotal == null ? 'none' : `${expectedTotal.amount} ${expectedTotal.currency}`;
  return (
    a.paymentMethod === b.paymentMethod &&
    total(a) === total(b) &&
    a.items.length === b.items.length &&
    a.items.every((item) =>
      b.items.some((other) => other.sku === item.sku && other.quantity === item.quantity),
    )
  );
}

describe('fingerprint', () => {
  test('of version 1 never changes: stored orders are compared with it', () => {
    const items = [
      { sku: 'jug-milk', quantity: 1 },
      { sku: 'cup-espresso', quantity: 2 },
    ];
    const order = { items, paymentMethod: 'pm_card_visa' };
    const hex = (input: OrderInput) => Buffer.from(fingerprint(input, 1)).toString('hex');
    expect(hex({ ...order, expectedTotal: { amount: 3_870, currency: 'EUR' } })).toBe(
      '6a961f45e95d240b43d5039e4ee39aaa22cb8a3febd085a07da531e82ca18ee9',
    );
    expect(hex(order)).toBe('a393ab528ba0e787edfe8a074d85a60459ef98564e94115f13261ac1637af6f7');
  });

  test('uses a known version by default, and refuses an unknown one', () => {
    const order = { items: [{ sku: 'a', quantity: 1 }], paymentMethod: 'p' };
    expect(isKnownFingerprintVersion(FINGERPRINT_VERSION)).toBe(true);
    expect(fingerprint(order)).toEqual(fingerprint(order, FINGERPRINT_VERSION));
    expect(isKnownFingerprintVersion(FINGERPRINT_VERSION + 1)).toBe(false);
    expect(() => fingerprint(order, FINGERPRINT_VERSION + 1)).toThrow('unknown fingerprint version');
  });

  test('has 32 bytes', () => {
    fc.assert(fc.property(input, (some) => fingerprint(some).length === 32));
  });

  test('does not depend on the order of the lines', () => {
    const shuffled = input.chain((some) =>
      fc
        .shuffledSubarray([...some.items], { minLength: some.items.length })
        .map((items) => [some, { ...some, items }] as const),
    );
    fc.assert(
      fc.property(shuffled, ([some, other]) => {
        expect(print(other)).toBe(print(some));
      }),
    );
  });

  test('does not depend on the order of fields, nor on fields that are not input', () => {
    fc.assert(
      fc.property(input, ({ items, paymentMethod, expectedTotal }) => {
        const reversed = {
          expectedTotal:
            expectedTotal == null ? null : { currency: expectedTotal.currency, amount: expectedTotal.amount },
          paymentMethod,
          items: items.map((item) => ({ quantity: item.quantity, sku: item.sku })),
          customerId: 'alice',
          idempotencyKey: 'key',
        };
        expect(print(reversed)).toBe(print({ items, paymentMethod, expectedTotal: expectedTotal ?? null }));
      }),
    );
  });

  test('is the same for no expected total and for null', () => {
    const items = [{ sku: 'a', quantity: 1 }];
    expect(print({ items, paymentMethod: 'p' })).toBe(
      print({ items, paymentMethod: 'p', expectedTotal: null }),
    );
  });

  test('differs exactly when the meaning differs', () => {
    fc.assert(
      fc.property(input, input, (a, b) => {
        expect(print(a) === print(b)).toBe(sameMeaning(a, b));
      }),
    );
  });

  test('differs after any single change', () => {
    fc.assert(
      fc.property(input, fc.nat(), (some, pick) => {
        const index = pick % some.items.length;
        const changeLine = (change: (item: OrderInput['items'][number]) => object) => ({
          ...some,
          items: some.items.map((item, at) => (at === index ? { ...item, ...change(item) } : item)),
        });
        const { amount, currency } = some.expectedTotal ?? { amount: 1, currency: 'EUR' };
        const changed: OrderInput[] = [
          changeLine(({ quantity }) => ({ quantity: quantity + 1 })),
          changeLine((item) => ({ sku: `${item.sku}-other-one` })),
          { ...some, items: [...some.items, { sku: 'one-more-line', quantity: 1 }] },
          { ...some, items: some.items.slice(1) },
          { ...some, paymentMethod: `${some.paymentMethod}x` },
          { ...some, expectedTotal: some.expectedTotal == null ? { amount, currency } : null },
          { ...some, expectedTotal: { amount: amount + 1, currency } },
          { ...some, expectedTotal: { amount, currency: 'GBP' } },
        ];
        for (const other of changed) expect(print(other)).not.toBe(print(some));
      }),
    );
  });

  test('keeps neighbouring values apart', () => {
    const items = (...pairs: [string, number][]) => pairs.map(([sku, quantity]) => ({ sku, quantity }));
    expect(print({ items: items(['a1', 1]), paymentMethod: 'p' })).not.toBe(
      print({ items: items(['a', 11]), paymentMethod: 'p' }),
    );
    expect(print({ items: items(['a","1', 1]), paymentMethod: 'p' })).not.toBe(
      print({ items: items(['a', 1], ['1', 1]), paymentMethod: 'p' }),
    );
  });
});
