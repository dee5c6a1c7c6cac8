import { execFileSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seedProducts } from '../../dist/dev/seed.js';
import { startPostgres } from '../../dist/dev/servers/postgres-server.js';
import { startRedis } from '../../dist/dev/servers/redis-server.js';

/**
 * One PostgreSQL and one Redis for the whole run, on free ports. Every test file gets a database of its own,
 * cloned from a migrated and seeded template. (Plain JavaScript on dist/: jest doesn't compile this file.)
 */
export default async function globalSetup() {
  const directory = await mkdtemp(join(tmpdir(), 'order-tests-'));
  const [postgres, redis] = await Promise.all([
    startPostgres({
      dataDir: join(directory, 'postgres'),
      // Tests that kill PostgreSQL itself start one of their own, with fsync on.
      settings: { fsync: 'off', full_page_writes: 'off', max_connections: '300' },
    }),
    startRedis({ dataDir: join(directory, 'redis') }),
  ]);
  execFileSync(process.execPath, ['dist/platform/migrate-command.js'], {
    env: { ...process.env, DATABASE_URL: postgres.url },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await seedProducts(postgres.url);
  process.env.TEST_POSTGRES_URL = postgres.url;
  process.env.TEST_REDIS_URL = redis.url;
  process.env.LOG_LEVEL ??= 'silent';
  globalThis.testServers = { postgres, redis, directory };
}
