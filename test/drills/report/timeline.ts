import type { Evidence } from '../evidence.js';
import { createAnswers, percentile } from './figures.js';

/** A run over time, in few enough points to be drawn. A value is null if there is none. */
export interface Timeline {
  /** The end of the axis, which starts at 0. */
  readonly endMs: number;
  readonly bucketMs: number;
  /** Orders acknowledged for the first time, a second. */
  readonly ordersPerSecond: readonly number[];
  readonly medianMs: readonly (number | null)[];
  readonly slowestPercentMs: readonly (number | null)[];
  /** The maximum in each bucket. */
  readonly outbox: readonly (number | null)[];
  readonly queue: readonly (number | null)[];
}

const MAX_BUCKETS = 600;
const SMALLEST_BUCKET_MS = 1_000;

export function computeTimeline(evidence: Evidence): Timeline {
  const endMs = endOf(evidence);
  const bucketMs = SMALLEST_BUCKET_MS * Math.max(1, Math.ceil(endMs / SMALLEST_BUCKET_MS / MAX_BUCKETS));
  const count = Math.max(1, Math.ceil(endMs / bucketMs));
  const answers = createAnswers(evidence.history);
  const seen = new Set<string>();
  const fresh = answers.filter(({ orderId }) => !seen.has(orderId) && seen.add(orderId));
  const latencies = buckets(answers, count, bucketMs).map((bucket) =>
    bucket.map(({ latencyMs }) => latencyMs),
  );
  const samples = buckets(evidence.samples, count, bucketMs);
  return {
    endMs,
    bucketMs,
    ordersPerSecond: buckets(fresh, count, bucketMs).map(({ length }) => (length * 1_000) / bucketMs),
    medianMs: latencies.map((bucket) => percentile(bucket, 50)),
    slowestPercentMs: latencies.map((bucket) => percentile(bucket, 99)),
    outbox: samples.map((bucket) => most(bucket.map(({ outboxPending }) => outboxPending))),
    queue: samples.map((bucket) => most(bucket.map(({ queueDepth }) => queueDepth))),
  };
}

/** Puts entries into buckets by their time; those outside the axis go to its ends. */
export function buckets<Entry extends { readonly at: number }>(
  entries: readonly Entry[],
  count: number,
  bucketMs: number,
): Entry[][] {
  const sorted = Array.from({ length: count }, (): Entry[] => []);
  for (const entry of entries) {
    const place = Math.floor(entry.at / bucketMs);
    sorted[Math.min(count - 1, Math.max(0, place))]?.push(entry);
  }
  return sorted;
}

/** The union of intervals, as intervals that do not touch each other. */
export function merged(
  intervals: readonly { readonly from: number; readonly until: number }[],
): { from: number; until: number }[] {
  const union: { from: number; until: number }[] = [];
  for (const { from, until } of [...intervals].sort((a, b) => a.from - b.from)) {
    const last = union.at(-1);
    if (last !== undefined && from <= last.until) last.until = Math.max(last.until, until);
    else union.push({ from, until });
  }
  return union;
}

function endOf({ run, history, faults, samples, rest }: Evidence): number {
  const last = Math.max(history.at(-1)?.at ?? 0, samples.at(-1)?.at ?? 0, run.healedAt, rest.at ?? 0);
  return faults.reduce((end, { until }) => Math.max(end, until), last);
}

function most(values: readonly (number | null)[]): number | null {
  return values.reduce((high, value) => (value === null ? high : Math.max(high ?? value, value)), null);
}
