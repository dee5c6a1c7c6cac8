import { describe, expect, test } from '@jest/globals';
import { totalAt } from '../drills/checker/meaning.js';
import { drawOrder } from '../drills/clients/cart.js';
import { refusalOf } from '../drills/checker/gateway-rules.js';
import { Random } from '../support/random.js';

const DRAWS = 4_000;
const PRICES = {
  beans: { amount: 1_250, currency: 'EUR', active: true },
  mug: { amount: 50, currency: 'USD', active: true },
  sample: { amount: 1, currency: 'EUR', active: true },
  'old-sample': { amount: 2, currency: 'EUR', active: false },
};

function refusals(prices: Record<string, (typeof PRICES)['beans']>): (string | undefined)[] {
  const random = new Random(7);
  return Array.from({ length: DRAWS }, (_, number) => {
    const order = drawOrder(random, prices, `key-${number}`);
    const total = totalAt(order, prices);
    if (total === undefined) throw new Error('the order has a product that is not for sale');
    if (order.expectedTotal !== undefined) expect(order.expectedTotal).toEqual(total);
    return refusalOf(total, order.paymentMethod);
  });
}

describe("the orders of the drills' customers", () => {
  test('are refused by the gateway for each of two reasons, one in twenty in all', () => {
    const drawn = refusals(PRICES);
    for (const code of ['amount_too_small', 'payment_refused']) {
      const share = drawn.filter((refusal) => refusal === code).length / DRAWS;
      expect(share).toBeGreaterThan(0.02);
      expect(share).toBeLessThan(0.03);
    }
  });

  test('are never too small if no product is that cheap', () => {
    const { beans, mug } = PRICES;
    expect(new Set(refusals({ beans, mug }))).toEqual(new Set([undefined, 'payment_refused']));
  });
});
