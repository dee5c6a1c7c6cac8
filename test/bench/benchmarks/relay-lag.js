import { percentile } from '../figures.js';
import { Load } from '../load.js';

const CLOSED_CONNECTIONS = 64;
const OPEN_CONNECTIONS = 1_000;
const SHARE = 0.7;

/** How long messages wait for their jobs, at 70 % of what an api and a relay process together can do. */
export const relayLag = {
  ids: ['P6'],
  what: 'a relay process beside an api process that is busy',
  async run(stand, report, { rounds, roundMs }) {
    const { url } = await stand.startServer({ ROLE: 'api' });
    await stand.startServer({ ROLE: 'relay' });
    const load = new Load({ url, tokens: stand.tokens, acknowledge: (key) => stand.acknowledge(key) });
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

async function newestMessage(sql) {
  return (await sql.query('SELECT max(id) AS id FROM outbox_messages')).rows[0].id;
}

/** From an order's transaction to the mark that its job is in the queue, in ms. */
async function lagsAfter(sql, id) {
  for (;;) {
    const { rows } = await sql.query(
      'SELECT extract(epoch FROM delivered_at - created_at)::float8 * 1000 AS ms FROM outbox_messages WHERE id > $1',
      [id],
    );
    if (rows.every(({ ms }) => ms !== null)) return rows.map(({ ms }) => ms);
  }
}
