import { describe, expect, test } from '@jest/globals';
import { isCurrency, minorDigits } from '../../src/money/currencies.js';
import { maxTotal } from '../../src/orders/create/max-total.js';
import { chargeStep, fromStripeAmount, toStripeAmount } from '../../src/payments/stripe/stripe-units.js';

/** Our amount (ISO 4217's minor unit), and Stripe's for the same money. */
const AMOUNTS: readonly [string, number, number][] = [
  ['EUR', 1_999, 1_999],
  ['USD', 50, 50],
  ['HUF', 17_500, 17_500],
  ['TWD', 1_000, 1_000],
  ['JPY', 500, 500],
  ['KRW', 1_000, 1_000],
  ['XPF', 100, 100],
  ['ISK', 500, 50_000],
  ['UGX', 500, 50_000],
  ['MGA', 500, 5],
  ['KWD', 5_120, 5_120],
  ['TND', 10, 10],
];

describe("Stripe's amounts", () => {
  test.each(AMOUNTS)('%s: %d minor units convert to %d for Stripe, and back', (currency, amount, stripe) => {
    expect(toStripeAmount({ amount, currency })).toBe(stripe);
    expect(fromStripeAmount(stripe, currency.toLowerCase())).toEqual({ amount, currency });
  });

  test.each([
    ['KWD', 5_124],
    ['BHD', 1],
    ['MGA', 550],
    ['MGA', 1],
  ])('%s: %d minor units can not be charged', (currency, amount) => {
    expect(toStripeAmount({ amount, currency })).toBeUndefined();
  });

  test('a fraction of an Icelandic króna stays a fraction', () => {
    expect(fromStripeAmount(550, 'isk')).toEqual({ amount: 5.5, currency: 'ISK' });
  });

  test('every currency accepts each multiple of its charge step, and nothing in between', () => {
    for (const currency of Intl.supportedValuesOf('currency')) {
      const step = chargeStep(currency);
      for (const times of [1, 2, 7]) {
        const amount = times * step;
        const stripe = toStripeAmount({ amount, currency });
        expect([currency, stripe === undefined]).toEqual([currency, false]);
        expect(fromStripeAmount(stripe ?? 0, currency)).toEqual({ amount, currency });
      }
      if (step > 1) expect(toStripeAmount({ amount: step + 1, currency })).toBeUndefined();
    }
  });

  test("the maximum total in any currency fits into Stripe's eight digits", () => {
    for (const currency of Intl.supportedValuesOf('currency')) {
      const amount = maxTotal(currency) - (maxTotal(currency) % chargeStep(currency));
      expect(toStripeAmount({ amount, currency })).toBeLessThanOrEqual(99_999_999);
    }
    for (const currency of ['EUR', 'JPY', 'ISK', 'UGX']) {
      const next = { amount: maxTotal(currency) + 1, currency };
      expect(toStripeAmount(next)).toBeGreaterThan(99_999_999);
    }
  });
});

describe('currencies', () => {
  test.each(['EUR', 'USD', 'JPY', 'ISK', 'KWD', 'MGA', 'XPF'])('%s is a currency', (code) => {
    expect(isCurrency(code)).toBe(true);
  });

  test.each(['', 'EU', 'EURO', 'eur', 'EUR\n', 'ЕUR', 'E R', 'E1R', 'ABC', 'ZZZ', 'BTC', '€'])(
    '%j is not a currency',
    (code) => {
      expect(isCurrency(code)).toBe(false);
    },
  );

  test('minor units are those of ISO 4217, not those in daily use', () => {
    const digits = ['EUR', 'JPY', 'ISK', 'UGX', 'MGA', 'IQD', 'KWD', 'CLF'].map(minorDigits);
    expect(digits).toEqual([2, 0, 0, 0, 2, 3, 3, 4]);
  });
});
