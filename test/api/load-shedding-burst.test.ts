import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

const LIMIT = 3;
const BURST = 6;

describe('the concurrency limit of the load shedder', () => {
  let system: TestSystem;
  let url: string;
  let token: string;

  beforeAll(async () => {
    system = await setup({
      ROLE: 'api',
      HTTP_CONCURRENCY_LIMIT: String(LIMIT),
      HTTP_BURST_LIMIT: String(BURST),
      // No timeout ends the blocked requests.
      DATABASE_POOL_SIZE: '10',
      DATABASE_QUERY_TIMEOUT_MS: '60000',
      DATABASE_ANSWER_TIMEOUT_MS: '60000',
    });
    ({ url } = await system.start());
    token = await system.token('alice');
  });

  afterAll(async () => {
    await system.close();
  });

  async function send(): Promise<number> {
    const { status } = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      // Not batched: each request runs its own statement.
      body: JSON.stringify({ query: '{ products(first: 1) { edges { node { sku } } } }' }),
    });
    return status;
  }

  /** Runs `work` while `count` requests wait for the database. @returns the statuses of these requests */
  async function whileHeld(count: number, work: () => Promise<void>): Promise<number[]> {
    const client = await system.sql.connect();
    const held: Promise<number>[] = [];
    try {
      await client.query('BEGIN; LOCK TABLE products');
      held.push(...Array.from({ length: count }, () => send()));
      await waitFor(`${count} requests that wait`, async () => {
        const { rows } = await system.sql.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rows.length === count;
      });
      await work();
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
    return Promise.all(held);
  }

  test('is exceeded for a short burst', async () => {
    for (let round = 0; round < 2; round += 1) {
      const statuses = await whileHeld(BURST, async () => {
        expect(await send()).toBe(503);
      });
      expect(statuses).toEqual(Array(BURST).fill(200));
    }
  });

  test('holds while requests queue for over a second, and allows a burst again afterwards', async () => {
    const statuses = await whileHeld(LIMIT, async () => {
      const sinceMs = Date.now();
      await waitFor('a queue for over a second', () => Date.now() - sinceMs > 1_100);
      // A burst would have been accepted.
      expect(await send()).toBe(503);
    });
    expect(statuses).toEqual(Array(LIMIT).fill(200));
    expect(await whileHeld(BURST, async () => undefined)).toEqual(Array(BURST).fill(200));
  });
});
