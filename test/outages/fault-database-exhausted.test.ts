import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Database } from '../../src/platform/database/database.js';
import { ApiClient } from '../support/api-client.js';
import { ANSWER_BOUND_MS, type Attempt, attempt, created, storedOrders } from '../support/database-faults.js';
import { orderInput } from '../support/documents.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { Processes } from '../support/processes.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** The bound of fault 10 for a return to normal. */
const NORMAL_WITHIN_MS = 5_000;
const POOL_SIZE = 5;
const QUEUE_LIMIT = 20;
const CLIENTS = 60;
/** Includes uncollected garbage, but far less than leaked requests would take. */
const MEMORY_BOUND_BYTES = 50_000_000;

let postgres: OwnPostgres;
let system: TestSystem;

beforeAll(async () => {
  postgres = await OwnPostgres.start();
  system = await setup({
    ROLE: 'api',
    DATABASE_URL: postgres.url,
    DATABASE_POOL_SIZE: String(POOL_SIZE),
    DATABASE_POOL_QUEUE_LIMIT: String(QUEUE_LIMIT),
  });
}, 60_000);

afterAll(async () => {
  await system.close();
  await postgres.end();
}, 60_000);

describe('fault 10: slow transactions hold all connections', () => {
  test('some requests wait for a connection, the others get a retryable error at once', async () => {
    // No timeout: requests are refused only because the queue is full.
    const noTimeouts = { DATABASE_CONNECT_TIMEOUT_MS: '20000', DATABASE_QUERY_TIMEOUT_MS: '20000' };
    const { url, app } = await system.start({ ...noTimeouts, DATABASE_ANSWER_TIMEOUT_MS: '20000' });
    const alice = new ApiClient(url, await system.token('alice'));
    const database = app.get(Database, { strict: false });
    const { pool } = database;
    const release = await holdConnections(database);
    const answers: Attempt[] = [];
    const creating = Array.from({ length: CLIENTS }, async () => {
      answers.push(await attempt(alice));
    });
    // All refusals come before any connection is free.
    await waitFor('the refusals', () => answers.length === CLIENTS - QUEUE_LIMIT);
    expect(answers.every(({ kind }) => kind === 'retryable')).toBe(true);
    // They wait in batches, as a few statements.
    expect(pool.totalCount).toBe(POOL_SIZE);
    expect(pool.waitingCount).toBeGreaterThan(0);
    expect(pool.waitingCount).toBeLessThan(QUEUE_LIMIT);
    await release();
    await Promise.all(creating);
    expect(answers.filter(({ kind }) => kind === 'created')).toHaveLength(QUEUE_LIMIT);
    expect(pool.waitingCount).toBe(0);
    await waitFor('a create', () => created(alice), NORMAL_WITHIN_MS);
  }, 60_000);
});

describe('fault 10: PostgreSQL is paused (SIGSTOP) under load', () => {
  const processes = new Processes();

  afterAll(async () => {
    await processes.end();
  });

  test('load is shed without a growing backlog, and orders are created again within 5 s of SIGCONT', async () => {
    const { url, child } = await processes.start({ ...system.env, LOG_LEVEL: 'warn' });
    const client = new ApiClient(url, await system.token('alice'));
    const memoryBytes = (): Promise<number> => residentBytes(child.pid);
    const before = (await storedOrders(postgres.url)).size;
    const acknowledged = new Map<string, string>();
    const answers: Attempt[] = [];
    let ending = false;
    const placeOrders = async (): Promise<void> => {
      while (!ending) {
        const input = orderInput();
        let answer;
        for (;;) {
          answer = await attempt(client, input);
          answers.push(answer);
          if (answer.kind === 'created') break;
          await delay(answer.retryAfterMs);
        }
        acknowledged.set(`alice ${input.idempotencyKey}`, answer.id);
      }
    };
    const clients = Array.from({ length: CLIENTS }, placeOrders);
    try {
      await waitFor('orders', () => acknowledged.size > 2 * CLIENTS);
      const memoryBefore = await memoryBytes();
      await postgres.pause();
      const answered = answers.length;
      // Longer than any request may take.
      const until = performance.now() + ANSWER_BOUND_MS;
      await waitFor('the pause to pass', () => performance.now() > until);
      // The clients retry meanwhile, and are refused.
      const refused = answers.length - answered;
      const grownBytes = (await memoryBytes()) - memoryBefore;
      expect(refused).toBeGreaterThan(CLIENTS);
      expect(grownBytes).toBeLessThan(MEMORY_BOUND_BYTES);
      postgres.resume();
      const size = acknowledged.size;
      await waitFor('orders', () => acknowledged.size > size + CLIENTS, NORMAL_WITHIN_MS);
    } finally {
      ending = true;
      postgres.resume();
      await Promise.all(clients);
    }
    const slowestMs = Math.max(...answers.map(({ tookMs }) => tookMs));
    expect(slowestMs).toBeLessThan(ANSWER_BOUND_MS);
    const stored = await storedOrders(postgres.url);
    for (const [key, id] of acknowledged) expect(stored.get(key)).toBe(id);
    expect(stored.size).toBe(before + acknowledged.size);
  }, 60_000);
});

/** Opens a transaction on every connection. @returns what ends them */
async function holdConnections(database: Database): Promise<() => Promise<void>> {
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  let holding = 0;
  const transactions = Array.from({ length: POOL_SIZE }, () =>
    database.$transaction(
      async (transaction) => {
        await transaction.$queryRaw`SELECT 1`;
        holding += 1;
        await finished;
      },
      { timeout: 20_000 },
    ),
  );
  await waitFor('the slow transactions', () => holding === POOL_SIZE);
  return async () => {
    finish();
    await Promise.all(transactions);
  };
}

/** The resident memory of a process. */
async function residentBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid ?? 0}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
}
