import { setTimeout as delay } from 'node:timers/promises';
import type { RestFacts } from '../evidence.js';
import { DirectDatabase } from './direct-database.js';
import type { Observed } from './observed.js';
import { PublicApi } from './public-api.js';

const INTERVAL_MS = 250;
const STATUS_LIMITS = { timeoutMs: 2_000, rounds: 1 };
const MAX_BUSY = 200;

const BUSY_STATEMENT = `/* drill-rest */
  SELECT o.id::text AS "orderId", o.status::text AS status FROM orders o
  WHERE o.status NOT IN ('CONFIRMED', 'PAYMENT_FAILED', 'CANCELLED')
    AND NOT EXISTS (SELECT FROM dead_letters d WHERE d.order_id = o.id AND d.state = 'OPEN')
  UNION ALL
  SELECT m.order_id::text, format('message %s (%s) waits', m.id, m.kind) FROM outbox_messages m
  WHERE m.delivered_at IS NULL
  LIMIT ${MAX_BUSY}`;

type Busy = RestFacts['busy'][number];

/**
 * Waits until every order is at rest, no message waits, and the queue is empty.
 * Anything else that is not at rest is in `busy`, with the name of the part in place of an order's id.
 */
export async function untilAtRest(
  system: Observed,
  now: () => number,
  timeoutMs: number,
): Promise<RestFacts> {
  const database = new DirectDatabase(() => system.postgres.url);
  const api = new PublicApi(system.directApiUrls, (subject, roles) => system.token(subject, roles));
  const deadline = now() + timeoutMs;
  try {
    for (;;) {
      const busy = await look(database, api);
      if (busy.length === 0) return { at: now(), busy };
      if (now() >= deadline) return { at: null, busy };
      await delay(INTERVAL_MS);
    }
  } finally {
    await database.close();
  }
}

/** The tables first: if nothing is due there, no more jobs are added to the queue. */
async function look(database: DirectDatabase, api: PublicApi): Promise<readonly Busy[]> {
  const orders = await database.ask<Busy>('drill-rest', BUSY_STATEMENT);
  if (orders === null) return [{ orderId: 'postgres', status: 'does not answer' }];
  if (orders.length > 0) return orders;
  const { queueDepth } = await api.systemFigures(STATUS_LIMITS);
  if (queueDepth === null) return [{ orderId: 'queue', status: 'its depth is unknown' }];
  return queueDepth === 0 ? [] : [{ orderId: 'queue', status: `${queueDepth} jobs` }];
}
