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

describe('the lowest id that the relay reads', () => {
  test('passes all issued ids once the transactions that got them have ended', () => {
    expect(markAfter({}, {}, {}, {})).toBe(11n);
  });

  test('stays until one reading has chosen a candidate and a later one has seen its transactions end', () => {
    expect(markAfter({}, {}, {})).toBe(1n);
  });

  test('stays while a running transaction may still commit a lower id', () => {
    const slow = { lowestRunning: 99n };
    expect(markAfter({}, {}, { nextTransaction: 100n }, slow, slow, slow)).toBe(1n);
    expect(markAfter({}, {}, { nextTransaction: 100n }, slow, slow, {})).toBe(11n);
  });

  test('stays at the lowest waiting message', () => {
    expect(markAfter({}, {}, {}, { lowestWaiting: 7n })).toBe(7n);
  });

  test('does not pass ids that were issued after its candidate was chosen', () => {
    expect(markAfter({}, {}, {}, { lowestWaiting: 15n, highestGiven: 20n })).toBe(11n);
  });

  test('starts again when the ids start again', () => {
    expect(markAfter({}, {}, {}, {}, { highestGiven: 3n })).toBe(0n);
  });
});
