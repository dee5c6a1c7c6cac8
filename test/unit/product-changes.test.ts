import { describe, expect, test } from '@jest/globals';
import { describeChange } from '../../src/catalog/product.js';

const TEA = { sku: 'tea', name: 'Tea', price: { amount: 100, currency: 'EUR' }, active: true };

describe('describeChange', () => {
  test('lists every field of a new product', () => {
    expect(describeChange(undefined, TEA)).toBe(
      'Created with name "Tea", price (in minor units) 100 EUR, active true.',
    );
  });

  test.each([
    [
      'its price',
      { price: { amount: 250, currency: 'EUR' } },
      'price (in minor units) from 100 EUR to 250 EUR',
    ],
    [
      'its currency',
      { price: { amount: 100, currency: 'USD' } },
      'price (in minor units) from 100 EUR to 100 USD',
    ],
    ['its name', { name: 'Thé "à" la "menthe"' }, String.raw`name from "Tea" to "Thé \"à\" la \"menthe\""`],
    ['whether it is sold', { active: false }, 'active from true to false'],
    ['several things', { name: 'Thé', active: false }, 'name from "Tea" to "Thé", active from true to false'],
  ])('lists the old and the new value of %s', (_, change, detail) => {
    expect(describeChange(TEA, { ...TEA, ...change })).toBe(`Changed ${detail}.`);
  });

  test('is undefined for an unchanged product', () => {
    expect(describeChange(TEA, { ...TEA, price: { ...TEA.price } })).toBeUndefined();
  });
});
