import { describe, expect, test } from '@jest/globals';
import type { DatabaseHistory } from '../../src/payments/rewind/database-history.js';
import { rewindEvidence } from '../../src/payments/rewind/rewind-evidence.js';

const SEEN: DatabaseHistory = {
  systemIdentifier: '7713319452563919198',
  timeline: 1,
  beat: 100,
  token: 'a',
  outboxId: 5_000,
};

describe("a database's history compared with what was seen before", () => {
  test.each<[string, Partial<DatabaseHistory>]>([
    ['nothing has happened since', {}],
    ['it has only gone on', { beat: 101, token: 'b', outboxId: 5_001 }],
    ['others have written many beats', { beat: 900, token: 'b', outboxId: 9_000 }],
  ])('is no evidence of lost commits where %s', (_what, change) => {
    expect(rewindEvidence(SEEN, { ...SEEN, ...change })).toBeUndefined();
  });

  test.each<[string, Partial<DatabaseHistory>, string]>([
    [
      'the beat is lower',
      { beat: 97, token: 'b', outboxId: 4_000 },
      'its newest beat is 97, and 100 was seen before',
    ],
    ['the same beat has another token', { token: 'b' }, 'its beat 100 is another than the one seen before'],
    [
      'the timeline is another, although the beat is higher',
      { timeline: 2, beat: 101, token: 'b' },
      'it is on timeline 2, and was on 1',
    ],
    [
      'the outbox sequence is lower, although the beat is higher',
      { beat: 101, token: 'b', outboxId: 4_990 },
      'its newest outbox id is 4990, and 5000 was seen before',
    ],
    [
      'the cluster is another',
      { systemIdentifier: '1', beat: 500 },
      'it is another database cluster than before',
    ],
  ])('shows that commits may be lost where %s', (_what, change, reason) => {
    expect(rewindEvidence(SEEN, { ...SEEN, ...change })).toBe(reason);
  });
});
