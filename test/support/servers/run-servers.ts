import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startPostgres } from '../../../src/dev/servers/postgres-server.js';
import { startRedis } from '../../../src/dev/servers/redis-server.js';
import { copyTemplateCluster, templateCluster } from './template-cluster.js';
import { createRunDirectory } from './run-directory.js';
import { endProcessesOf } from './run-processes.js';

/*
 * The servers of one run of the tests. Standard input is a pipe from the run: when that closes, the run is over or
 * was killed, and everything that it has started is ended.
 */

/** Tests that kill PostgreSQL start one of their own, with fsync on. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', max_connections: '300', max_wal_size: '256MB' };

const id = process.env['TEST_RUN'];
if (id === undefined) throw new Error('TEST_RUN is not set: this is started by npm test');
const runOver = new Promise((resolve) => process.stdin.resume().once('close', resolve));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

// Temporary files of the tests are created in this directory.
const directory = await createRunDirectory();
process.env['TMPDIR'] = directory;

async function start(): Promise<void> {
  const template = await templateCluster();
  const dataDir = join(directory, 'postgres');
  await copyTemplateCluster(template, dataDir);
  const [postgres, redis] = await Promise.all([
    startPostgres({ dataDir, settings: SETTINGS }),
    startRedis({ dataDir: join(directory, 'redis') }),
  ]);
  const environment = {
    TMPDIR: directory,
    TEST_POSTGRES_URL: postgres.url,
    TEST_REDIS_URL: redis.url,
    TEST_TEMPLATE_CLUSTER: template,
  };
  process.stdout.write(`${JSON.stringify(environment)}\n`);
}

let exitCode = 0;
const started = start().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  exitCode = 1;
});
await Promise.race([runOver, started.then(() => (exitCode === 0 ? runOver : undefined))]);
await endProcessesOf({ id, directory });
await rm(directory, { recursive: true, force: true, maxRetries: 5 });
process.exit(exitCode);
