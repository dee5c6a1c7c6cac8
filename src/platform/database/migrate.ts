import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import { sessionSettings } from './database-session.js';
import { type Migration, MIGRATIONS_DIR, readMigrations } from './migrations.js';

/** Prisma's own advisory lock, so that its CLI and this code never migrate at the same time. */
const ADVISORY_LOCK = 72_707_369;
/** How long to wait while another machine migrates. A migration that rewrites large tables takes minutes. */
const MAX_LOCK_WAIT_MS = 600_000;

/** As Prisma's CLI creates it. */
const CREATE_HISTORY = `
CREATE TABLE _prisma_migrations (
  id                  VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum            VARCHAR(64) NOT NULL,
  finished_at         TIMESTAMPTZ,
  migration_name      VARCHAR(255) NOT NULL,
  logs                TEXT,
  rolled_back_at      TIMESTAMPTZ,
  started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

interface HistoryRow {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished: boolean;
}

/**
 * Applies the migrations that the database lacks, each in a transaction together with its row in
 * `_prisma_migrations`: a migration that fails or is interrupted leaves nothing behind, and can be run again. The
 * table is kept as `prisma migrate deploy` keeps it, so either can continue where the other stopped. Safe from
 * several machines at once. A migration must not contain BEGIN, COMMIT, or statements that can't run in a transaction.
 * @returns the names of the migrations that were applied
 * @throws for an unreachable server, a migration that fails or failed before, one whose file changed after it was
 * applied, and a schema with tables but without `_prisma_migrations`
 */
export async function migrate(databaseUrl: string, directory = MIGRATIONS_DIR): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const client = new pg.Client(sessionSettings(databaseUrl));
  // A lost connection also fails the current query; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await lock(client);
    const pending = pendingMigrations(migrations, await readHistory(client));
    for (const migration of pending) await apply(client, migration);
    return pending.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** Held until the session ends. */
async function lock(client: pg.Client): Promise<void> {
  await client.query('BEGIN');
  await client.query(`SET LOCAL lock_timeout = ${MAX_LOCK_WAIT_MS}`);
  try {
    await client.query(`SELECT pg_advisory_lock(${ADVISORY_LOCK})`);
  } catch (error) {
    throw new Error(`no lock for the migrations: ${messageOf(error)}; is another process migrating?`, {
      cause: error,
    });
  }
  await client.query('COMMIT');
}

async function readHistory(client: pg.Client): Promise<HistoryRow[]> {
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace`,
  );
  if (!tables.some(({ name }) => name === '_prisma_migrations')) {
    if (tables.length > 0)
      throw new Error(
        'the database has tables but no _prisma_migrations: it is not a database of this application',
      );
    await client.query(CREATE_HISTORY);
  }
  const { rows } = await client.query<HistoryRow>(
    `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished
     FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`,
  );
  return rows;
}

/** Rows of a newer release's migrations are ignored: an older release may run beside it. */
function pendingMigrations(migrations: readonly Migration[], history: readonly HistoryRow[]): Migration[] {
  const unfinished = history.find(({ finished }) => !finished)?.migration_name;
  if (unfinished !== undefined)
    throw new Error(
      `migration ${unfinished} has failed before: see its logs in _prisma_migrations, repair the database, ` +
        `and run prisma migrate resolve --rolled-back ${unfinished}`,
    );
  const checksums = new Map(history.map((row) => [row.migration_name, row.checksum]));
  return migrations.filter(({ name, sql }) => {
    const checksum = checksums.get(name);
    if (checksum === undefined) return true;
    if (!possibleChecksums(sql).includes(checksum))
      throw new Error(`migration ${name} was changed after it was applied: restore its file`);
    return false;
  });
}

async function apply(client: pg.Client, { name, sql }: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, clock_timestamp(), 1)`,
      [randomUUID(), checksumOf(sql), name],
    );
    await client.query('COMMIT');
  } catch (error) {
    // The end of the session rolls the transaction back.
    throw new Error(`migration ${name} failed: ${messageOf(error)}; correct the cause and migrate again`, {
      cause: error,
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Git may have changed the line endings, which Prisma allows as well. */
function possibleChecksums(sql: string): string[] {
  const unix = sql.replaceAll('\r\n', '\n');
  return [sql, unix, unix.replaceAll('\n', '\r\n')].map(checksumOf);
}

function checksumOf(sql: string): string {
  return createHash('sha256').update(sql).digest('hex');
}
