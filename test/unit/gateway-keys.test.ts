import { describe, expect, test } from '@jest/globals';
import { chargeKey, confirmKey, refundKey } from '../../src/payments/gateway-keys.js';

const ORDER_KEY = 'a'.repeat(64);

describe("the gateway's idempotency keys", () => {
  test('are the same for the same order key, generation and number', () => {
    expect(chargeKey(ORDER_KEY, { generation: 1, keyNumber: 2 })).toBe(
      chargeKey(ORDER_KEY, { generation: 1, keyNumber: 2 }),
    );
  });

  test('differ by what they are for, order key, generation, number, payment and attempt', () => {
    const keys = [
      chargeKey(ORDER_KEY, { generation: 0, keyNumber: 0 }),
      chargeKey('b'.repeat(64), { generation: 0, keyNumber: 0 }),
      chargeKey(ORDER_KEY, { generation: 1, keyNumber: 0 }),
      chargeKey(ORDER_KEY, { generation: 0, keyNumber: 1 }),
      chargeKey(ORDER_KEY, { generation: 1, keyNumber: 1 }),
      ...[confirmKey('pi_1', 1), confirmKey('pi_1', 2), confirmKey('pi_2', 1)],
      ...[refundKey('pi_1', 0), refundKey('pi_1', 1), refundKey('pi_2', 0)],
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("fit into Stripe's 255 characters", () => {
    expect(chargeKey(ORDER_KEY, { generation: 32_767, keyNumber: 32_767 }).length).toBeLessThan(255);
  });
});
