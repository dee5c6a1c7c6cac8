import { describe, expect, test } from '@jest/globals';
import { linearScale, logScale, timeTicks } from '../drills/report/axis.js';
import { kindOf } from '../drills/report/bands.js';
import { computeFigures, percentile } from '../drills/report/figures.js';
import { buckets, computeTimeline, merged } from '../drills/report/timeline.js';
import { call, created, creation, ERROR, evidence, info, ok } from './drill-support/drill-report-evidence.js';

describe('the figures of a drill', () => {
  test('have a percentile that is one of the values', () => {
    const values = [5, 1, 4, 2, 3];
    expect([0, 50, 99, 100].map((percent) => percentile(values, percent))).toEqual([1, 3, 5, 5]);
    expect(percentile([], 50)).toBeNull();
  });

  test('count the calls of the customers and their outcomes', () => {
    const history = [
      ...call(0, 1, creation('a'), info),
      ...call(100, 2, creation('a'), created('A', true), 30),
      ...call(200, 3, creation('b'), created('B'), 10),
      ...call(300, 4, creation('c'), info),
      ...call(400, 5, { name: 'orderByIdempotencyKey', key: 'c' }, ok(null)),
      ...call(500, 6, { name: 'cancelOrder', orderId: 'A' }, { type: 'fail', error: ERROR }),
      ...call(600, 7, { name: 'cancelOrder', orderId: 'A' }, ok({ __typename: 'CancelOrderSuccess' })),
      ...call(700, 8, { name: 'orderEvents', orderId: 'A', owner: 'alice' }, ok(null)),
      ...call(800, 9, { name: 'orderEvents', orderId: 'A', afterVersion: 2, owner: 'alice' }, ok(null)),
    ];
    expect(computeFigures(evidence(history))).toMatchObject({
      durationMs: 90_000,
      orders: 2,
      customers: 1,
      calls: 7,
      retries: 2,
      replays: 1,
      doubts: 2,
      doubtsSettled: 1,
      cancels: 1,
      subscriptions: 2,
      resumes: 1,
      restMs: 2_500,
      medianMs: 10,
      slowestPercentMs: 30,
    });
  });

  test('count a lookup by key as the settlement of an unknown outcome, and not as a retry', () => {
    const history = [
      ...call(0, 1, creation('a'), info),
      ...call(100, 2, { name: 'orderByIdempotencyKey', key: 'a' }, ok({ id: 'A' })),
    ];
    expect(computeFigures(evidence(history))).toMatchObject({ retries: 0, doubts: 1, doubtsSettled: 1 });
  });

  test('have no time to rest for a run that never came to rest', () => {
    expect(computeFigures(evidence([], { rest: { at: null, busy: [] } })).restMs).toBeNull();
  });
});

describe('the timeline of a drill', () => {
  test('puts entries into the bucket of their time, and outliers into the first or last one', () => {
    const entries = [-5, 0, 999, 1_000, 9_000].map((at) => ({ at }));
    expect(buckets(entries, 2, 1_000).map((bucket) => bucket.map(({ at }) => at))).toEqual([
      [-5, 0, 999],
      [1_000, 9_000],
    ]);
  });

  test('counts an order once, and shows gaps apart from zeros', () => {
    const history = [
      ...call(100, 1, creation('a'), created('A'), 40),
      ...call(2_100, 2, creation('a'), created('A', true), 20),
    ];
    const nothing = { oldestPendingMs: null, gapReason: null, openDeadLetters: null, lagMs: 0 };
    const samples = [
      { at: 200, outboxPending: 3, queueDepth: 0, ...nothing },
      { at: 700, outboxPending: 9, queueDepth: null, ...nothing },
      { at: 1_200, outboxPending: null, queueDepth: null, ...nothing },
    ];
    const timeline = computeTimeline(evidence(history, { samples, rest: { at: 2_500, busy: [] } }));
    expect(timeline).toMatchObject({ endMs: 4_000, bucketMs: 1_000 });
    expect(timeline.ordersPerSecond).toEqual([1, 0, 0, 0]);
    expect(timeline.medianMs).toEqual([40, null, 20, null]);
    expect(timeline.outbox).toEqual([9, null, null, null]);
    expect(timeline.queue).toEqual([0, null, null, null]);
  });

  test('has at most 600 points, however long the run', () => {
    const timeline = computeTimeline(evidence([], { rest: { at: 3_600_000, busy: [] } }));
    expect(timeline.bucketMs).toBe(6_000);
    expect(timeline.ordersPerSecond).toHaveLength(600);
  });

  test('merges intervals that touch or overlap', () => {
    const intervals = [
      { from: 5, until: 9 },
      { from: 0, until: 2 },
      { from: 2, until: 3 },
      { from: 6, until: 7 },
    ];
    expect(merged(intervals)).toEqual([
      { from: 0, until: 3 },
      { from: 5, until: 9 },
    ]);
  });

  test('has scales with round numbers', () => {
    expect(linearScale(37).ticks).toEqual([0, 20, 40]);
    expect(linearScale(0).ticks).toEqual([0, 1]);
    expect(linearScale(37).place(10)).toBe(0.25);
    expect(logScale(12, 900).ticks).toEqual([10, 100, 1_000]);
    expect(logScale(12, 900).place(100)).toBeCloseTo(0.5);
    expect(timeTicks(65_000)).toEqual([0, 10, 20, 30, 40, 50, 60].map((seconds) => seconds * 1_000));
  });

  test.each([
    ['kill-worker', 'worker-1', 'process'],
    ['cut-postgres-link', 'worker-1', 'network'],
    ['swallow-client-link-back', 'api-1', 'network'],
    ['cut-after-commit', 'relay-1', 'network'],
    ['pause-postgres', 'postgres', 'postgres'],
    ['flush-redis', 'redis', 'redis'],
    ['gateway-latency', 'sandbox', 'gateway'],
    ['kill-everything', 'everything', 'everything'],
  ])('draws %s on %s as a fault of the kind %s', (name, target, kind) => {
    expect(kindOf({ name, target })).toBe(kind);
  });
});
