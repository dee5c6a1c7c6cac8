import type pg from 'pg';
import { seedProducts } from '../../src/dev/seed.js';
import { runCommand } from '../support/run-command.js';
import { sqlPool } from '../support/sql-pool.js';
import { onlyRow } from './only-row.js';
import type { Environment } from './processes.js';

/** A migrated database with the example catalogue, and a list of the acknowledged orders. */
export class ShopDatabase {
  readonly sql: pg.Pool;
  private readonly keys: string[] = [];

  private constructor(readonly url: string) {
    this.sql = sqlPool(url, 4);
  }

  /** @param environment of the system's processes */
  static async prepare(environment: Environment, url: string): Promise<ShopDatabase> {
    const env = { ...environment, DATABASE_URL: url, LOG_LEVEL: 'warn' };
    const { code, stderr } = await runCommand('migrate.js', { env });
    if (code !== 0) throw new Error(`the migration ended with ${String(code)}: ${stderr}`);
    await seedProducts(url);
    return new ShopDatabase(url);
  }

  /** Must be called for each acknowledged order. */
  readonly acknowledge = (idempotencyKey: string): void => {
    this.keys.push(idempotencyKey);
  };

  /** @throws unless every acknowledged order exists once, with its items, events without a gap, and its message */
  async verify(): Promise<void> {
    const { keys } = this;
    const found = onlyRow(
      await this.sql.query<{ orders: number; keys: number; whole: number }>(
        `WITH found AS MATERIALIZED (
         SELECT o.id, o.idempotency_key, o.version FROM orders o JOIN unnest($1::text[]) AS k (key) ON k.key = o.idempotency_key
       ), items AS MATERIALIZED (
         SELECT DISTINCT order_id FROM order_items WHERE order_id IN (SELECT id FROM found)
       ), events AS MATERIALIZED (
         SELECT order_id, count(*) AS versions FROM order_events WHERE order_id IN (SELECT id FROM found) GROUP BY order_id
       ), messages AS MATERIALIZED (
         SELECT DISTINCT order_id FROM outbox_messages
         WHERE kind = 'CHARGE_ORDER' AND order_id IN (SELECT id FROM found)
       )
       SELECT count(*)::int AS orders, count(DISTINCT f.idempotency_key)::int AS keys, count(*) FILTER (
         WHERE i.order_id IS NOT NULL AND e.versions = f.version AND m.order_id IS NOT NULL)::int AS whole
       FROM found f LEFT JOIN items i ON i.order_id = f.id LEFT JOIN events e ON e.order_id = f.id
         LEFT JOIN messages m ON m.order_id = f.id`,
        [keys],
      ),
    );
    if (found.orders !== keys.length || found.keys !== keys.length || found.whole !== keys.length)
      throw new Error(
        `${keys.length} orders were acknowledged, ${found.orders} are stored under ${found.keys} keys, ${found.whole} of them whole`,
      );
  }

  async close(): Promise<void> {
    await this.sql.end();
  }
}
