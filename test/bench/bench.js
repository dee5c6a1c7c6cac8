import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startSandboxProcess } from '../../dist/dev/sandbox-process.js';
import { seedProducts } from '../../dist/dev/seed.js';
import { startPostgres } from '../../dist/dev/servers/postgres-server.js';
import { startRedis } from '../../dist/dev/servers/redis-server.js';
import { signToken } from '../../dist/dev/tokens.js';
import { createOverHttp, createWithBareStatement, openLoad } from './create-orders.js';
import { timeToConfirmed } from './time-to-confirmed.js';
import { median, percentile, row } from './figures.js';
import { measureOverload } from './overload.js';

/**
 * `npm run bench`: one process with every role on a fresh PostgreSQL (fsync on), next to the same statement
 * sent by bare connections; then an api process at twice what it can do. Rounds alternate; ratios hold, single
 * figures vary with the machine. `-- --only orders` or `-- --only overload` runs one of the two.
 */
const PARTS = { orders: measureOrders, overload: measureShedding };
const { values: options } = parseArgs({ options: { only: { type: 'string' } } });
const parts = options.only?.split(',') ?? Object.keys(PARTS);
for (const part of parts)
  if (!(part in PARTS)) throw new Error(`--only takes ${Object.keys(PARTS).join(', ')}`);
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
    // One customer orders as fast as the machine allows.
    RATE_LIMIT_CUSTOMER_POINTS: '2000000000',
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
  for (const part of parts) await PARTS[part](environment);
} finally {
  await sql.end();
  await sandbox.stop();
  await redis.stop();
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
}

/** A process of the built system; resolves when it is ready. */
async function startServer(environment) {
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
  return {
    url,
    pid: server.pid,
    stop: async () => {
      server.kill('SIGTERM');
      await once(server, 'exit');
    },
  };
}

async function measureOrders(environment) {
  const { url, stop } = await startServer(environment);
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
  await stop();
}

/** What an api process does when twice as much is asked of it as it can do. */
async function measureShedding(environment) {
  const { url, pid, stop } = await startServer({ ...environment, ROLE: 'api' });
  const customers = Array.from({ length: 20 }, (_, index) => `bench-${index}`);
  const tokens = await Promise.all(
    customers.map((sub) => signToken(SECRET, { sub, lifetimeSeconds: 3_600 })),
  );
  const rounds = [];
  const memory = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const result = await measureOverload({ url, tokens, roundMs: ROUND_MS });
    memory.push(await residentMiB(pid));
    // The first one warms it up.
    if (round === 0) continue;
    rounds.push(result);
    console.log(
      `round ${round}: at most ${Math.round(result.maximum)} orders/s; at twice that ${Math.round(result.goodput)}, and ${Math.round(result.shedRate)} refused`,
    );
  }
  const middle = (of) => median(rounds.map(of));
  console.log(
    [
      '',
      row('goodput at twice the maximum ÷ the maximum', middle(({ ratio }) => ratio).toFixed(2)),
      row('  99th percentile of those taken', `${middle(({ createdP99Ms }) => createdP99Ms).toFixed(0)} ms`),
      row('  99th percentile of those refused', `${middle(({ shedP99Ms }) => shedP99Ms).toFixed(0)} ms`),
      row('  answered with anything else', String(rounds.reduce((sum, { failed }) => sum + failed, 0))),
      row('as quick as before after the load', `${middle(({ recoveredMs }) => recoveredMs).toFixed(0)} ms`),
      row('memory after each round', `${memory.map((mib) => mib.toFixed(0)).join(', ')} MiB`),
    ].join('\n'),
  );
  await stop();
}

async function residentMiB(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
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
