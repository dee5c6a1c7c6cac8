import { describe, expect, test } from '@jest/globals';
import type { OutboxIds } from '../../src/outbox/outbox.js';
import { advance, INITIAL_ID_BOUNDS } from '../../src/outbox/id-bounds.js';

const ALL_DELIVERED: OutboxIds = {
  lowestUndelivered: null,
  highestAssigned: 10n,
  lowestRunning: 100n,
  nextTransaction: 100n,
};

function fromIdAfter(...reads: Partial<OutboxIds>[]) {
  return reads.map((read) => ({ ...ALL_DELIVERED, ...read })).reduce(advance, INITIAL_ID_BOUNDS).fromId;
}

describe("the relay's id bounds", () => {
  test('pass all assigned ids once the transactions that may have written them have ended', () => {
    expect(fromIdAfter({}, {}, {}, {})).toBe(11n);
  });

  test('need one read after an id was assigned, and one after the transactions of that time have ended', () => {
    expect(fromIdAfter({}, {}, {})).toBe(1n);
  });

  test('stay while a transaction runs that may still commit a low id', () => {
    const slow = { lowestRunning: 99n };
    expect(fromIdAfter({}, {}, { nextTransaction: 100n }, slow, slow, slow)).toBe(1n);
    expect(fromIdAfter({}, {}, { nextTransaction: 100n }, slow, slow, {})).toBe(11n);
  });

  test('stay at the lowest undelivered message', () => {
    expect(fromIdAfter({}, {}, {}, { lowestUndelivered: 7n })).toBe(7n);
  });

  test('do not pass ids that were assigned after the candidate was chosen', () => {
    expect(fromIdAfter({}, {}, {}, { lowestUndelivered: 15n, highestAssigned: 20n })).toBe(11n);
  });

  test('start again where the sequence does', () => {
    expect(fromIdAfter({}, {}, {}, {}, { highestAssigned: 3n })).toBe(0n);
  });
});
