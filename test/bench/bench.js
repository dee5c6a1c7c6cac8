import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { startSandboxProcess } from '../../dist/dev/sandbox-process.js';
import { seedProducts } from '../../dist/dev/seed.js';
import { startPostgres } from '../../dist/dev/servers/postgres-server.js';
import { startRedis } from '../../dist/dev/servers/redis-server.js';
import { signToken } from '../../dist/dev/tokens.js';
import { createOverHttp, createWithBareStatement, openLoad } from './create-orders.js';
import { timeToConfirmed } from './time-to-confirmed.js';
import { median, percentile, row } from './figures.js';

/**
 * `npm run bench`: one process with every role on a fresh PostgreSQL (fsync on), next to the same statement
 * sent by bare connections. Rounds alternate; ratios hold, single figures vary with the machine.
 */
const ROUNDS = 3;
const ROUND_MS = Number(process.env.BENCH_ROUND_MS ?? 5_000);
const CONNECTIONS = 32;
const SECRET = 'a secret for the benchmark, 32 bytes and more';

const directory = await mkdtemp(join(tmpdir(), 'order-bench-'));
const postgres = await startPostgres({ dataDir: join(directory, 'postgres') });
const redis = await startRedis({ dataDir: join(directory, 'redis') });
const sandbox = await startSandboxProcess({
  SANDBOX_PORT: '0',
  SANDBOX_DATA_DIR: join(directory, 'sandbox'),
});
const sql = new pg.Pool({ connectionString: postgres.url });
try {
  const environment = {
    PATH: process.env.PATH,
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    STRIPE_API_BASE: sandbox.url,
    AUTH_JWT_SECRET: SECRET,
    LOG_LEVEL: 'warn',
  };
  const migration = spawn(process.execPath, ['dist/platform/migrate-command.js'], {
    env: environment,
    stdio: 'inherit',
  });
  await once(migration, 'exit');
  await seedProducts(postgres.url);
  for (const setting of ['fsync', 'synchronous_commit']) {
    const { rows } = await sql.query(`SHOW ${setting}`);
    if (rows[0][setting] !== 'on') throw new Error(`${setting} is not on`);
  }
  await measure(environment);
} finally {
  await sql.end();
  await sandbox.stop();
  await redis.stop();
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
}

async function measure(environment) {
  const server = spawn(process.execPath, ['dist/main.js'], {
    env: { ...environment, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise((resolve) => {
    createInterface(server.stdout).on('line', (line) => {
      const address = /"url":"(http:[^"]+)".*"msg":"ready"/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  const token = await signToken(SECRET, { sub: 'bench', lifetimeSeconds: 3_600 });
  console.log(
    `${cpus().length} cores, PostgreSQL with fsync on, ${ROUNDS} rounds of ${ROUND_MS / 1_000} s each`,
  );

  const confirmedMs = await timeToConfirmed({ url, token, orders: 50 });
  const load = openLoad({ url, token, connections: CONNECTIONS });
  await createOverHttp(load, 1_000);
  const http = [];
  const bare = [];
  let acknowledged = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const result = await createOverHttp(load, ROUND_MS);
    acknowledged += result.keys.length;
    http.push(result);
    await untilAtRest();
    bare.push(
      await createWithBareStatement({ connectionString: postgres.url, connections: CONNECTIONS }, ROUND_MS),
    );
    await sql.query(
      `DELETE FROM outbox_messages WHERE order_id IN (SELECT id FROM orders WHERE customer_id = 'bare')`,
    );
    await sql.query(`UPDATE orders SET recover_after = NULL WHERE customer_id = 'bare'`);
    console.log(
      `round ${round}: ${Math.round(result.rate)} orders/s over HTTP, ${Math.round(bare.at(-1).rate)} by the bare statement`,
    );
  }
  load.close();
  await verify(http.flatMap(({ keys }) => keys));
  const latencies = http.flatMap(({ latenciesMs }) => latenciesMs);
  console.log(
    [
      '',
      row(
        'createOrder over HTTP, 32 connections',
        `${Math.round(median(http.map(({ rate }) => rate)))} orders/s`,
      ),
      row('  median', `${median(latencies).toFixed(1)} ms`),
      row('  99th percentile', `${percentile(latencies, 0.99).toFixed(1)} ms`),
      row(
        'the same statement, bare, 32 connections',
        `${Math.round(median(bare.map(({ rate }) => rate)))} orders/s`,
      ),
      row('ratio', median(http.map(({ rate }, index) => rate / bare[index].rate)).toFixed(2)),
      row(
        'create → CONFIRMED at the subscriber, idle',
        `${median(confirmedMs).toFixed(1)} ms (median of ${confirmedMs.length})`,
      ),
      row('acknowledged orders found once, whole', String(acknowledged)),
    ].join('\n'),
  );
  server.kill('SIGTERM');
  await once(server, 'exit');
}

/** The backlog of one round would slow the next one down. */
async function untilAtRest() {
  for (;;) {
    const { rows } = await sql.query(
      `SELECT count(*)::int AS waiting FROM orders WHERE recover_after IS NOT NULL AND customer_id = 'bench'`,
    );
    if (rows[0].waiting === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Every acknowledged order exists once, with its items, first event and message, or the run has failed. */
async function verify(keys) {
  const { rows } = await sql.query(
    `SELECT count(*)::int AS orders, count(*) FILTER (WHERE
       EXISTS (SELECT FROM order_items i WHERE i.order_id = o.id)
       AND EXISTS (SELECT FROM order_events e WHERE e.order_id = o.id AND e.version = 1)
       AND EXISTS (SELECT FROM outbox_messages m WHERE m.order_id = o.id))::int AS whole
     FROM orders o WHERE customer_id = 'bench' AND idempotency_key = ANY ($1)`,
    [keys],
  );
  const [{ orders, whole }] = rows;
  if (new Set(keys).size !== orders || whole !== orders) {
    throw new Error(`${keys.length} orders were acknowledged, ${orders} are stored, ${whole} of them whole`);
  }
}
