import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { Control } from './sandbox.js';
import type { CreateOrderInput } from '../generated/graphql.js';
import type { ApiClient } from './api-client.js';
import { CreateOrderDocument, orderInput } from './documents.js';
import { waitFor } from './wait-for.js';

export interface Placed {
  readonly id: string;
  readonly replayed: boolean;
}

/** The pause after a cut connection; an answer has its own. */
const RETRY_PAUSE_MS = 50;
const RETRY_FOR_MS = 30_000;

/** @throws if the answer is not an order */
export async function create(client: ApiClient, input: CreateOrderInput = orderInput()): Promise<Placed> {
  const { createOrder } = await client.data(CreateOrderDocument, { input });
  if (createOrder.__typename !== 'CreateOrderSuccess') throw new Error(createOrder.__typename);
  return { id: createOrder.order.id, replayed: createOrder.replayed };
}

/**
 * Creates as a careful client does: after a cut connection or a retryable error, it sends the same request to the
 * next process.
 * @throws at once on any other failure
 */
export async function createWithRetries(
  clients: readonly ApiClient[],
  input = orderInput(),
): Promise<Placed> {
  const deadline = Date.now() + RETRY_FOR_MS;
  while (Date.now() < deadline) {
    let pauseMs = RETRY_PAUSE_MS;
    for (const client of clients) {
      const attempt = await tryToCreate(client, input);
      if ('id' in attempt) return attempt;
      pauseMs = Math.max(pauseMs, attempt.retryAfterMs);
    }
    await delay(pauseMs);
  }
  throw new Error(`no process took the order within ${RETRY_FOR_MS} ms`);
}

async function tryToCreate(
  client: ApiClient,
  input: CreateOrderInput,
): Promise<Placed | { readonly retryAfterMs: number }> {
  let answer;
  try {
    answer = await client.execute(CreateOrderDocument, { input });
  } catch (error) {
    // fetch() throws a TypeError for a failed connection only.
    if ((error as Error).name === 'TypeError') return { retryAfterMs: 0 };
    throw error;
  }
  const { data, errors } = answer;
  if (data?.createOrder.__typename === 'CreateOrderSuccess')
    return { id: data.createOrder.order.id, replayed: data.createOrder.replayed };
  const extensions = errors?.[0]?.extensions;
  if (extensions?.['retryable'] === true) return { retryAfterMs: Number(extensions['retryAfterMs']) };
  throw new Error(`a request failed for good: ${JSON.stringify(answer)}`);
}

/** Waits until all orders are CONFIRMED. @throws with the number of orders in each status otherwise */
export async function untilConfirmed(
  sql: pg.Pool,
  ids: readonly string[],
  timeoutMs?: number,
): Promise<void> {
  let counts: { status: string; count: number }[] = [];
  try {
    await waitFor(
      'all orders CONFIRMED',
      async () => {
        counts = (
          await sql.query<{ status: string; count: number }>(
            'SELECT status, count(*)::int AS count FROM orders WHERE id = ANY ($1) GROUP BY status',
            [ids],
          )
        ).rows;
        return counts.length === 1 && counts[0]?.status === 'CONFIRMED' && counts[0].count === ids.length;
      },
      timeoutMs,
    );
  } catch (error) {
    throw new Error(`${ids.length} orders were expected: ${JSON.stringify(counts)}`, { cause: error });
  }
}

/** The number of captures of each order, by the gateway's ledger. */
export async function captures(sandboxUrl: string): Promise<Map<string, number>> {
  const { orders, hasMore } = await new Control(sandboxUrl).ledger('?limit=10000');
  if (hasMore) throw new Error('the ledger has more than a page');
  return new Map(orders.map(({ orderId, captures }) => [orderId, captures]));
}

/** Orders of version n whose events are not the versions 1..n. */
export async function ordersWithHoles(sql: pg.Pool): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `SELECT o.id FROM orders o LEFT JOIN order_events e ON e.order_id = o.id GROUP BY o.id
     HAVING count(e.*) <> o.version OR max(e.version) <> o.version OR min(e.version) <> 1`,
  );
  return rows.map(({ id }) => id);
}
