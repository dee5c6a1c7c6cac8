import fc from 'fast-check';
import { often, wildJson } from './hostile-values.js';

const knownSku = fc.constantFrom(
  'cup-espresso',
  'jug-milk',
  'machine-espresso',
  'apron-linen',
  'brush-grinder',
);
/** JSON and GraphQL's ID write larger whole numbers differently. */
const wildSku = wildJson.filter((value) => typeof value !== 'number' || Math.abs(value) < 1e15);
const sku = fc.oneof(
  often(12, knownSku),
  often(1, fc.constantFrom('mug-enamel', 'nothing', '7')),
  often(1, wildSku),
);
const quantity = fc.oneof(often(10, fc.integer({ min: 1, max: 1_000 })), often(1, wildJson));
const line = fc.oneof(
  often(30, fc.record({ sku, quantity })),
  often(1, fc.record({ sku, quantity, price: wildJson }, { requiredKeys: [] })),
  often(1, wildJson),
);
const goodLines = fc.uniqueArray(fc.record({ sku: knownSku, quantity: fc.integer({ min: 1, max: 1_000 }) }), {
  selector: (item) => item.sku,
  minLength: 1,
  maxLength: 4,
});
const manyLines = fc
  .integer({ min: 98, max: 103 })
  .map((count) => Array.from({ length: count }, (_, index) => ({ sku: `none-${index}`, quantity: 1 })));
const items = fc.oneof(
  often(10, goodLines),
  often(3, fc.array(line, { maxLength: 5 })),
  often(1, manyLines),
  often(1, line),
  often(1, wildJson),
);
const key = fc.oneof(
  often(8, fc.uuid()),
  often(2, fc.string({ minLength: 1, maxLength: 300 })),
  often(1, wildJson),
);
const paymentMethod = fc.oneof(
  often(8, fc.constantFrom('pm_card_visa', 'tok_x', 'a', '-', 'p'.repeat(255))),
  often(1, fc.stringMatching(/^[A-Za-z0-9_-]{1,60}$/)),
  often(1, wildJson),
);
const expectedTotal = fc.oneof(
  often(12, fc.constantFrom(null, undefined)),
  often(2, fc.record({ amount: fc.integer({ min: 1 }), currency: fc.constantFrom('EUR', 'USD', 'XXX') })),
  often(1, fc.record({ amount: wildJson, currency: wildJson }, { requiredKeys: [] })),
  often(1, wildJson),
);
export const goodInput = fc.record({
  idempotencyKey: fc.uuid(),
  items: goodLines,
  paymentMethod: fc.constant('pm_card_visa'),
});
/** Values at and above each limit, and with one invalid character. */
const edges = {
  idempotencyKey: fc.oneof(
    fc.constantFrom(0, 1, 255, 256).map((length) => 'k'.repeat(length)),
    fc.constantFrom(' ', '~', '\x1f', '\x7f', '\x80', 'a\n', '\u2028', 'ü', null, 7),
  ),
  sku: fc.oneof(
    fc.constantFrom(0, 1, 64, 65).map((length) => 's'.repeat(length)),
    fc.constantFrom('!', '~', ' ', 'a b', '\x7f', 'a\n', 'ü', 7, null),
  ),
  quantity: fc.constantFrom(0, 1, 1_000, 1_001, -1, 0.5, 1.5, '1', null, true),
  paymentMethod: fc.oneof(
    fc.constantFrom(0, 1, 255, 256).map((length) => 'p'.repeat(length)),
    fc.constantFrom(
      '-',
      '_',
      'a b',
      'a.b',
      'pm\n',
      'ü',
      '4242424242424242',
      '4242-4242-4242-4242',
      4242424242424242,
    ),
  ),
  amount: fc.constantFrom(0, 1, -1, 2 ** 31 - 1, 2 ** 31, 0.5, '1', null),
  currency: fc.constantFrom('EUR', 'eur', 'EU', 'EURO', 'E R', 'EUR\n', '', null),
};
/** Valid except for one field, which is at a limit. */
const nearlyGood = fc.oneof(
  fc.tuple(goodInput, edges.idempotencyKey).map(([good, idempotencyKey]) => ({ ...good, idempotencyKey })),
  fc.tuple(goodInput, edges.sku).map(([good, edge]) => ({ ...good, items: [{ sku: edge, quantity: 1 }] })),
  fc
    .tuple(goodInput, edges.quantity)
    .map(([good, edge]) => ({ ...good, items: [{ sku: 'jug-milk', quantity: edge }] })),
  fc.tuple(goodInput, edges.paymentMethod).map(([good, edge]) => ({ ...good, paymentMethod: edge })),
  fc
    .tuple(goodInput, edges.amount)
    .map(([good, amount]) => ({ ...good, expectedTotal: { amount, currency: 'EUR' } })),
  fc
    .tuple(goodInput, edges.currency)
    .map(([good, currency]) => ({ ...good, expectedTotal: { amount: 1, currency } })),
  fc.tuple(goodInput, manyLines).map(([good, lines]) => ({ ...good, items: lines })),
  fc
    .tuple(goodInput, knownSku)
    .map(([good, twice]) => ({ ...good, items: [1, 2].map((quantity) => ({ sku: twice, quantity })) })),
);
const roughInput = fc.record({ idempotencyKey: key, items, paymentMethod, expectedTotal });
/** A fifth is valid, a third nearly valid; in the others most fields are valid. */
export const orderInputs: fc.Arbitrary<unknown> = fc.oneof(
  often(4, goodInput),
  often(6, nearlyGood),
  often(8, roughInput),
  often(1, fc.record({ idempotencyKey: key, items, paymentMethod, other: wildJson }, { requiredKeys: [] })),
  often(1, wildJson),
);
