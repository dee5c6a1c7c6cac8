import type pg from 'pg';
import { waitFor } from '../support/wait-for.js';

/** Adds a row for each purge, and a poison message. */
export async function addOldRows(sql: pg.Pool): Promise<void> {
  await sql.query(
    `INSERT INTO outbox_messages (kind, order_id, created_at) SELECT 'NO_KIND', id, now() - interval '1 hour'
     FROM orders WHERE status = 'CONFIRMED' LIMIT 1`,
  );
  await sql.query(
    `INSERT INTO webhook_events (id, type, received_at) VALUES ('evt_old', 'a.b', now() - interval '8 days')`,
  );
  await sql.query(
    `INSERT INTO payment_declines (customer_id, declined_at, order_id)
     VALUES ('alice', now() - interval '61 minutes', gen_random_uuid())`,
  );
}

/** Waits until recovery has removed them, and messages that were delivered a while ago. */
export async function untilOldRowsAreGone(sql: pg.Pool): Promise<void> {
  await waitFor('everything old to be gone', async () => {
    const { rows } = await sql.query<{ left: number }>(
      `SELECT (SELECT count(*) FROM outbox_messages WHERE kind = 'NO_KIND' OR delivered_at < now() - interval '5 s')
         + (SELECT count(*) FROM webhook_events WHERE id = 'evt_old')
         + (SELECT count(*) FROM payment_declines WHERE declined_at < now() - interval '1 hour') AS left`,
    );
    return Number(rows[0]?.left) === 0;
  });
}
