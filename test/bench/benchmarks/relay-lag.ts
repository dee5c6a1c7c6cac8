import type { Pool } from 'pg';
import { percentile } from '../figures.js';
import { Load } from '../load.js';
import { onlyRow } from '../only-row.js';
import type { Benchmark } from './benchmark.js';

const CLOSED_CONNECTIONS = 64;
const OPEN_CONNECTIONS = 1_000;
const SHARE = 0.7;

/** How long messages wait for their jobs, at 70 % of what an api and a relay process together can do. */
export const relayLag: Benchmark = {
  ids: ['P6'],
  what: 'a relay process next to a busy api process',
  async run(stand, report, { rounds, roundMs }) {
    const { url } = await stand.startServer({ ROLE: 'api' });
    await stand.startServer({ ROLE: 'relay' });
    const load = new Load({ url, tokens: stand.tokens, acknowledge: stand.acknowledge });
    await load.closed(CLOSED_CONNECTIONS, roundMs);
    for (let round = 1; round <= rounds; round += 1) {
      const { rate } = await load.closed(CLOSED_CONNECTIONS, roundMs);
      const from = await newestMessage(stand.sql);
      const { created, shed, failed } = await load.open(rate * SHARE, roundMs, OPEN_CONNECTIONS);
      if (shed.length + failed > 0) throw new Error(`${shed.length} were refused, ${failed} failed`);
      const lags = await lagsAfter(stand.sql, from);
      report.progress(
        `  at most ${rate.toFixed(0)} orders/s; of ${created.length} messages at ${SHARE * 100} % the median waited ${percentile(lags, 0.5).toFixed(1)} ms`,
      );
      report.sample('P6', percentile(lags, 0.99));
    }
    load.close();
  },
};

async function newestMessage(sql: Pool): Promise<string> {
  return onlyRow(await sql.query<{ id: string }>('SELECT max(id) AS id FROM outbox_messages')).id;
}

/** From an order's transaction until its message is marked as delivered, in ms. */
async function lagsAfter(sql: Pool, id: string): Promise<number[]> {
  for (;;) {
    const { rows } = await sql.query<{ ms: number | null }>(
      'SELECT extract(epoch FROM delivered_at - created_at)::float8 * 1000 AS ms FROM outbox_messages WHERE id > $1',
      [id],
    );
    const lags = rows.flatMap(({ ms }) => (ms === null ? [] : [ms]));
    if (lags.length === rows.length) return lags;
  }
}
