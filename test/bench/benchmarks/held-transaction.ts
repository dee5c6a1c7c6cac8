import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { median } from '../figures.js';
import { Load } from '../load.js';
import { onlyRow } from '../only-row.js';
import type { Benchmark } from './benchmark.js';

/** Enough to keep one process busy. */
const CONNECTIONS = 64;
/** The backlog with which the relay alone is measured. */
const BACKLOG = 20_000;
const WARM_UP_ROUNDS = 4;
/** Without workers, recovery would sweep more and more orders, with and without the held transactions. */
const NOBODY_IS_STUCK = { RECOVERY_STUCK_AFTER_MS: '3600000' };
const HOLD_MS = Number(process.env['BENCH_HOLD_MS'] ?? 120_000);

/**
 * A report or a forgotten session that keeps VACUUM from removing rows: one transaction with an old
 * snapshot, and one that has begun to write. Orders keep arriving, and the relay delivers their messages.
 */
export const heldTransaction: Benchmark = {
  ids: ['P13', 'P13b'],
  what: `transactions held open for ${HOLD_MS / 1_000} s of load`,
  async run(stand, report, { rounds, roundMs }) {
    const { url } = await stand.startServer({ ROLE: 'api', ...NOBODY_IS_STUCK });
    await stand.startServer({ ROLE: 'relay' });
    const load = new Load({ url, tokens: stand.tokens, acknowledge: stand.acknowledge });
    const measure = async (): Promise<Rates> => {
      const { rate } = await load.closed(CONNECTIONS, roundMs);
      await untilDelivered(stand.sql);
      return { create: rate, relay: await relayRate(stand.sql) };
    };
    // Processes get faster in their first seconds.
    for (let round = 1; round <= WARM_UP_ROUNDS; round += 1) await measure();
    const before: Rates[] = [];
    for (let round = 1; round <= rounds; round += 1) before.push(await measure());
    const create = median(before.map((rates) => rates.create));
    const relay = median(before.map((rates) => rates.relay));
    report.progress(`  before: ${create.toFixed(0)} orders/s, ${relay.toFixed(0)} messages/s`);
    const release = await holdTransactions(stand.sql);
    await load.closed(CONNECTIONS, HOLD_MS);
    for (let round = 1; round <= rounds; round += 1) {
      const rates = await measure();
      report.progress(`  held: ${rates.create.toFixed(0)} orders/s, ${rates.relay.toFixed(0)} messages/s`);
      report.sample('P13', rates.create / create);
      report.sample('P13b', rates.relay / relay);
    }
    await release();
    load.close();
  },
};

/** Orders, and messages, a second. */
interface Rates {
  readonly create: number;
  readonly relay: number;
}

/** @returns a function that ends them */
async function holdTransactions(sql: Pool): Promise<() => Promise<void>> {
  const [reader, writer] = [await sql.connect(), await sql.connect()];
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await reader.query('SELECT count(*) FROM orders');
  await writer.query('BEGIN');
  await writer.query('SELECT pg_current_xact_id()');
  return async () => {
    for (const client of [reader, writer]) {
      await client.query('ROLLBACK');
      client.release();
    }
  };
}

async function untilDelivered(sql: Pool): Promise<void> {
  for (;;) {
    const { rowCount } = await sql.query('SELECT FROM outbox_messages WHERE delivered_at IS NULL LIMIT 1');
    if (rowCount === 0) return;
    await delay(100);
  }
}

/** Messages a second from a backlog, without its first batch, which waits for the relay's poll. */
async function relayRate(sql: Pool): Promise<number> {
  const { rows } = await sql.query<{ id: string }>(
    `INSERT INTO outbox_messages (kind, order_id) SELECT 'CHARGE_ORDER', gen_random_uuid()
     FROM generate_series(1, ${BACKLOG}) RETURNING id`,
  );
  const [first, last] = [rows[0]?.id, rows.at(-1)?.id];
  for (;;) {
    const delivered = await sql.query(
      'SELECT FROM outbox_messages WHERE id = $1 AND delivered_at IS NOT NULL',
      [last],
    );
    if (delivered.rowCount === 1) break;
    await delay(20);
  }
  await untilDelivered(sql);
  const figures = await sql.query<{ messages: number; seconds: number }>(
    `SELECT count(*) FILTER (WHERE delivered_at > first)::float8 AS messages,
       extract(epoch FROM max(delivered_at) - min(first))::float8 AS seconds
     FROM outbox_messages, LATERAL (SELECT min(delivered_at) AS first FROM outbox_messages WHERE id BETWEEN $1 AND $2) f
     WHERE id BETWEEN $1 AND $2`,
    [first, last],
  );
  const { messages, seconds } = onlyRow(figures);
  return messages / seconds;
}
