import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { readConfig } from '../../src/config/config.js';
import { createOrders } from '../../src/orders/create/create-orders.js';
import { Database } from '../../src/platform/database/database.js';
import { isDatabaseUnavailable } from '../../src/platform/database/database-errors.js';
import { DatabasePool } from '../../src/platform/database/database-pool.js';
import { retryRolledBack } from '../../src/platform/database/retry-rolled-back.js';
import { ApiClient } from '../support/api-client.js';
import { ANSWER_BOUND_MS, attempt, created, storedOrders } from '../support/database-faults.js';
import { orderInput } from '../support/documents.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** The bound of fault 9, from the fault on. */
const RETRIED_WITHIN_MS = 2_000;

let system: TestSystem;
let alice: ApiClient;
let database: Database;

beforeAll(async () => {
  system = await setup({ ROLE: 'api' });
  const { url } = await system.start();
  alice = new ApiClient(url, await system.token('alice'));
  database = new Database(readConfig(system.env));
}, 60_000);

afterAll(async () => {
  await database.onApplicationShutdown();
  await system.close();
}, 60_000);

/** Runs `use` in a transaction, which is rolled back unless `use` ends it. */
async function inSession(use: (session: pg.PoolClient) => Promise<void>): Promise<void> {
  const session = await system.sql.connect();
  try {
    await session.query('BEGIN');
    await use(session);
  } finally {
    await session.query('ROLLBACK');
    session.release();
  }
}

/** The backends that wait for a lock to store an order. */
const WAITING = `pg_stat_activity WHERE datname = current_database() AND application_name = 'orders'
  AND query LIKE '/* create-orders */%' AND wait_event_type = 'Lock'`;

async function waitingBackend(): Promise<number> {
  return waitFor('a create that waits for a lock', async () => {
    const { rows } = await system.sql.query<{ pid: number }>(`SELECT pid FROM ${WAITING}`);
    return rows[0]?.pid;
  });
}

/** Makes every create take these advisory locks in turn. @returns the undo */
async function lockInEveryCreate(...locks: number[]): Promise<() => Promise<void>> {
  const body = locks.map((lock) => `PERFORM pg_advisory_xact_lock(${lock});`).join(' ');
  await system.sql.query(
    `CREATE FUNCTION take_locks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} RETURN NEW; END $$;
     CREATE TRIGGER take_locks BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION take_locks()`,
  );
  return async () => {
    await system.sql.query('DROP FUNCTION take_locks CASCADE');
  };
}

describe('fault 9: pg_terminate_backend during createOrder', () => {
  test('is retried over another connection', async () => {
    const remove = await lockInEveryCreate(1);
    const input = orderInput();
    await inSession(async (session) => {
      await session.query('SELECT pg_advisory_xact_lock(1)');
      const creating = created(alice, input);
      const pid = await waitingBackend();
      const startedAt = performance.now();
      await session.query('SELECT pg_terminate_backend($1)', [pid]);
      await session.query('ROLLBACK');
      const { id } = await creating;
      expect(performance.now() - startedAt).toBeLessThan(RETRIED_WITHIN_MS);
      expect(
        (await storedOrders(system.env['DATABASE_URL'] ?? '')).get(`alice ${input.idempotencyKey}`),
      ).toBe(id);
      expect(await created(alice, input)).toMatchObject({ id, replayed: true });
    });
    await remove();
  });

  test('on every retry ends in a retryable error, and nothing is stored', async () => {
    const remove = await lockInEveryCreate(1);
    const input = orderInput();
    await inSession(async (session) => {
      await session.query('SELECT pg_advisory_xact_lock(1)');
      const creating = attempt(alice, input);
      let answered = false;
      const answer = creating.finally(() => (answered = true));
      await waitFor('the answer', async () => {
        await session.query(`SELECT pg_terminate_backend(pid) FROM ${WAITING}`);
        return answered;
      });
      const { kind, tookMs } = await answer;
      expect(kind).toBe('retryable');
      expect(tookMs).toBeLessThan(ANSWER_BOUND_MS);
    });
    await remove();
    expect((await storedOrders(system.env['DATABASE_URL'] ?? '')).has(`alice ${input.idempotencyKey}`)).toBe(
      false,
    );
    expect(await created(alice, input)).toMatchObject({ replayed: false });
  });
});

describe('fault 9: pg_terminate_backend between the statements of a transaction', () => {
  test('rolls it back, and its connection is not used again', async () => {
    let pid: number | undefined;
    const work = database.$transaction(async (transaction) => {
      const rows = await transaction.$queryRaw<{ pid: number }[]>`
        UPDATE products SET name = 'half done' WHERE sku = 'cup-espresso' RETURNING pg_backend_pid() AS pid`;
      pid = rows[0]?.pid;
      await system.sql.query('SELECT pg_terminate_backend($1)', [pid]);
      await transaction.$executeRaw`UPDATE products SET name = 'done'`;
    });
    const error: unknown = await work.catch((thrown: unknown) => thrown);
    expect(isDatabaseUnavailable(error)).toBe(true);
    const { rows } = await system.sql.query(`SELECT FROM products WHERE name LIKE '%done'`);
    expect(rows).toHaveLength(0);
    const [next] = await database.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
    expect(next?.pid).not.toBe(pid);
  });
});

describe('fault 9: pg_terminate_backend while a connection is neither idle nor executing', () => {
  test('fails its next statement, and ends no process', async () => {
    const pool = new DatabasePool({ connectionString: system.env['DATABASE_URL'] ?? '', max: 1 }, 1);
    const client = await pool.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const closed = new Promise((resolve) => client.once('end', resolve));
    // Without a listener, the client's 'error' is an uncaught exception.
    await system.sql.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await closed;
    await expect(client.query('SELECT 1')).rejects.toThrow(/not queryable/);
    client.release(true);
    await expect(pool.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
    await pool.end();
  });
});

describe('fault 9: a deadlock', () => {
  test('makes the losing createOrder retry without an error for the client', async () => {
    const remove = await lockInEveryCreate(1, 2);
    const input = orderInput();
    await inSession(async (session) => {
      // The create detects the deadlock first, and is rolled back.
      await session.query(`SET LOCAL deadlock_timeout = '1min'`);
      await session.query('SELECT pg_advisory_xact_lock(2)');
      const creating = created(alice, input);
      await waitingBackend();
      const startedAt = performance.now();
      await session.query('SELECT pg_advisory_xact_lock(1)');
      await session.query('ROLLBACK');
      const { id } = await creating;
      expect(performance.now() - startedAt).toBeLessThan(RETRIED_WITHIN_MS);
      expect(
        (await storedOrders(system.env['DATABASE_URL'] ?? '')).get(`alice ${input.idempotencyKey}`),
      ).toBe(id);
    });
    await remove();
    expect(await deadlocks()).toBeGreaterThan(0);
  });

  test('of two whole transactions is retried, and both succeed', async () => {
    const skus = ['cup-espresso', 'apron-linen'] as const;
    let met = 0;
    const rename = async (order: readonly string[]) => {
      let attempts = 0;
      await retryRolledBack(() => {
        attempts += 1;
        return database.$transaction(async (transaction) => {
          for (const sku of order) {
            expect(await transaction.$executeRaw`UPDATE products SET name = name WHERE sku = ${sku}`).toBe(1);
            met += 1;
            await waitFor('the other transaction', () => met >= 2);
          }
        });
      });
      return attempts;
    };
    const attempts = await Promise.all([rename(skus), rename([...skus].reverse())]);
    expect(attempts.sort()).toEqual([1, 2]);
  });

  async function deadlocks(): Promise<number> {
    return waitFor('the count of deadlocks', async () => {
      const { rows } = await system.sql.query<{ deadlocks: string }>(
        'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
      );
      return Number(rows[0]?.deadlocks);
    });
  }
});

describe('fault 9: a serialization failure', () => {
  test('makes createOrder retry, and it returns the order that it lost against', async () => {
    const url = new URL(system.env['DATABASE_URL'] ?? '');
    url.searchParams.set('options', '-c default_transaction_isolation=serializable');
    const strict = await system.start({ DATABASE_URL: url.href });
    const client = new ApiClient(strict.url, await system.token('alice'));
    const input = orderInput();
    let id: string | undefined;
    let creating: Promise<{ id: string; replayed: boolean }> | undefined;
    await database.$transaction(async (transaction) => {
      const { idempotencyKey, items, paymentMethod } = input;
      const order = { customerId: 'alice', idempotencyKey, items, paymentMethod, expectedTotal: null };
      const [outcome] = await createOrders(transaction as unknown as Database, [order], {
        recoverAfterMs: 60_000,
        maxDeclinesPerHour: 30,
      });
      if (outcome?.kind === 'created') id = outcome.order.id;
      creating = created(client, input);
      await waitingBackend();
    });
    // Its snapshot is older than the conflicting order, so PostgreSQL rolls it back with 40001.
    expect(await creating).toMatchObject({ id, replayed: true });
    expect(id).toBeDefined();
  });
});
