import { expect } from '@jest/globals';
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import type { CreateOrderInput } from '../generated/graphql.js';
import type { ApiClient } from './api-client.js';
import { CreateOrderDocument, orderInput } from './documents.js';

/** The bound for every answer, whatever the database does. */
export const ANSWER_BOUND_MS = 5_000;

/** An order, or a retryable error. */
export type Attempt =
  | { readonly kind: 'created'; readonly id: string; readonly replayed: boolean; readonly tookMs: number }
  | { readonly kind: 'retryable'; readonly retryAfterMs: number; readonly tookMs: number };

/** @throws on any other answer: a fault of the database must cause nothing else */
export async function attempt(client: ApiClient, input: CreateOrderInput = orderInput()): Promise<Attempt> {
  const startedAt = performance.now();
  const answer = await client.execute(CreateOrderDocument, { input });
  const tookMs = performance.now() - startedAt;
  const created = answer.data?.createOrder;
  if (created?.__typename === 'CreateOrderSuccess')
    return { kind: 'created', id: created.order.id, replayed: created.replayed, tookMs };
  const error = answer.errors?.[0]?.extensions;
  if (error?.code !== 'SERVICE_UNAVAILABLE' || error['retryable'] !== true)
    throw new Error(`neither an order nor a retryable error: ${JSON.stringify(answer)}`);
  return { kind: 'retryable', retryAfterMs: Number(error['retryAfterMs']), tookMs };
}

/** @throws if the answer is not an order */
export async function created(
  client: ApiClient,
  input?: CreateOrderInput,
): Promise<Extract<Attempt, { kind: 'created' }>> {
  const result = await attempt(client, input);
  if (result.kind !== 'created') throw new Error(result.kind);
  return result;
}

/** The stored orders by customer and key. @throws if one is incomplete, or a key has two */
export async function storedOrders(databaseUrl: string): Promise<Map<string, string>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client
    .query<{ id: string; key: string; parts: string }>(
      `SELECT id::text AS id, customer_id || ' ' || idempotency_key AS key, format('%s items, %s events, %s messages',
         (SELECT count(*) FROM order_items WHERE order_id = orders.id),
         (SELECT count(*) FROM order_events WHERE order_id = orders.id),
         (SELECT count(*) FROM outbox_messages WHERE order_id = orders.id)) AS parts
       FROM orders`,
    )
    .finally(() => client.end());
  for (const { parts } of rows) expect(parts).toBe('1 items, 1 events, 1 messages');
  const byKey = new Map(rows.map(({ id, key }) => [key, id]));
  expect(byKey.size).toBe(rows.length);
  return byKey;
}
