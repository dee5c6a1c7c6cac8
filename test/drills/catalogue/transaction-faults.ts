import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { OwnPostgres } from '../../support/own-postgres.js';
import type { Fault, Plan, Strike } from './fault.js';
import { lasting } from './lasting.js';
import { planFor } from './plan.js';

const MOST_ORDERS = 50;
const LOOK_EVERY_MS = 100;
const CONNECT_TIMEOUT_MS = 5_000;

/** Another program's transactions, which block those of the system. */
export const TRANSACTION_FAULTS: readonly Fault[] = [
  {
    name: 'lock-orders',
    what: 'another program holds locks on the newest orders',
    plan: planFor(['postgres'], [1_500, 2_400]),
    cause: ({ postgres }, plan) => lockOrders(postgres, plan),
  },
  {
    name: 'long-reader',
    what: "another program's long read keeps VACUUM from removing anything",
    plan: planFor(['postgres'], [3_500, 5_000]),
    cause: ({ postgres }, plan) => readForLong(postgres, plan),
  },
];

async function lockOrders(postgres: OwnPostgres, plan: Plan): Promise<Strike> {
  let locked = 0;
  const waiting = new Set<number>();
  await withConnection(postgres, async (client) => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await lasting(plan, async () => {
      await client.query('BEGIN');
      // With SKIP LOCKED it never waits, so it can't cause a deadlock.
      const { rowCount } = await client.query(
        `SELECT id FROM orders WHERE status <> 'CANCELLED'
         ORDER BY id DESC LIMIT ${MOST_ORDERS} FOR UPDATE SKIP LOCKED`,
      );
      locked += rowCount ?? 0;
      const heldUntil = performance.now() + plan.durationMs;
      while (performance.now() < heldUntil) {
        for (const pid of await blockedBy(postgres, rows[0]?.pid)) waiting.add(pid);
        await delay(LOOK_EVERY_MS);
      }
      await client.query('ROLLBACK');
      return waiting.size;
    });
  });
  return {
    struck: waiting.size,
    detail: `${locked} orders were locked, and ${waiting.size} connections waited for them`,
  };
}

async function blockedBy(postgres: OwnPostgres, pid: number | undefined): Promise<number[]> {
  const rows = await postgres.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE $1::int = ANY (pg_blocking_pids(pid))',
    [pid],
  );
  return rows.map((row) => row.pid);
}

async function readForLong(postgres: OwnPostgres, plan: Plan): Promise<Strike> {
  const kept = await withConnection(postgres, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const { rows } = await client.query<{ pid: number }>(
      'SELECT pg_backend_pid() AS pid FROM orders RIGHT JOIN (SELECT 1) AS one ON true LIMIT 1',
    );
    return lasting(plan, () => transactionsSince(postgres, rows[0]?.pid));
  });
  return {
    struck: kept,
    detail: `a snapshot was held while ${kept} transactions wrote, so that VACUUM could remove nothing of theirs`,
  };
}

/** How many transactions have written since that connection's snapshot was taken. */
async function transactionsSince(postgres: OwnPostgres, pid: number | undefined): Promise<number> {
  const [row] = await postgres.query<{ age: number }>(
    'SELECT age(backend_xmin) AS age FROM pg_stat_activity WHERE pid = $1 AND backend_xmin IS NOT NULL',
    [pid],
  );
  if (row === undefined) throw new Error('the long read has lost its snapshot');
  return row.age;
}

/** Closing the connection rolls back an open transaction. */
async function withConnection<T>(postgres: OwnPostgres, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: postgres.url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'fault drill',
  });
  // The current query, or the next one, fails as well.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
