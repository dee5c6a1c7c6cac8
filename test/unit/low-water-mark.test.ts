import { describe, expect, test } from '@jest/globals';
import type { OutboxIds } from '../../src/outbox/outbox.js';
import { LOWEST_MARK, raise } from '../../src/outbox/id-bounds.js';

const NOTHING_WAITS: OutboxIds = {
  lowestWaiting: null,
  highestGiven: 10n,
  lowestRunning: 100n,
  nextTransaction: 100n,
};

function markAfter(...looks: Partial<OutboxIds>[]) {
  return looks.map((look) => ({ ...NOTHING_WAITS, ...look })).reduce(raise, LOWEST_MARK).fromId;
}

describe("the relay's low-water mark", () => {
  test('passes all ids that were given out, when whoever got them has ended', () => {
    expect(markAfter({}, {}, {}, {})).toBe(11n);
  });

  test('takes a look after an id was given out, and one after the transactions of that time', () => {
    expect(markAfter({}, {}, {})).toBe(1n);
  });

  test('stays while a transaction runs that may still commit a low id', () => {
    const slow = { lowestRunning: 99n };
    expect(markAfter({}, {}, { nextTransaction: 100n }, slow, slow, slow)).toBe(1n);
    expect(markAfter({}, {}, { nextTransaction: 100n }, slow, slow, {})).toBe(11n);
  });

  test('stays at the lowest message that waits', () => {
    expect(markAfter({}, {}, {}, { lowestWaiting: 7n })).toBe(7n);
  });

  test('does not pass ids that were given out after its candidate was chosen', () => {
    expect(markAfter({}, {}, {}, { lowestWaiting: 15n, highestGiven: 20n })).toBe(11n);
  });

  test('starts again where the ids do', () => {
    expect(markAfter({}, {}, {}, {}, { highestGiven: 3n })).toBe(0n);
  });
});
