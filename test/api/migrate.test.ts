import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { migrate } from '../../src/platform/database/migrate.js';
import { migrationNames, MIGRATIONS_DIR } from '../../src/platform/database/migrations.js';
import { ChildProgram } from '../support/child-program.js';
import { runCommand } from '../support/run-command.js';
import { required } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

const UP_TO_DATE = { code: 0, stdout: 'The database is up to date.\n', stderr: '' };
const CLEAN_STATUS = { failedMigrationNames: [], editedMigrationNames: [], hasMigrationsTable: true };

describe('migrate', () => {
  let administrator: pg.Client;
  let url: string;
  let database: string;
  let sql: pg.Client;
  let directory: string;

  beforeAll(async () => {
    administrator = new pg.Client({ connectionString: urlOf('postgres') });
    await administrator.connect();
  });

  afterAll(() => administrator.end());

  beforeEach(async () => {
    database = `test_${randomUUID().replaceAll('-', '')}`;
    await administrator.query(`CREATE DATABASE ${database} TEMPLATE template0`);
    url = urlOf(database);
    sql = new pg.Client({ connectionString: url });
    await sql.connect();
    directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  });

  afterEach(async () => {
    await sql.end();
    await administrator.query(`DROP DATABASE ${database} WITH (FORCE)`);
    await rm(directory, { recursive: true });
  });

  function urlOf(name: string): string {
    const at = new URL(required('TEST_POSTGRES_URL'));
    at.pathname = `/${name}`;
    return at.href;
  }

  async function write(name: string, text: string): Promise<void> {
    await mkdir(join(directory, name), { recursive: true });
    await writeFile(join(directory, name, 'migration.sql'), text);
  }

  const migrateHere = () => migrate(url, directory);

  async function prisma(command: 'deploy' | 'status', from = directory): Promise<unknown> {
    const options = { env: { DATABASE_URL: url }, parameters: [command, from] };
    const { code, stdout, stderr } = await runCommand('test/servers/schema-engine.js', options);
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  }

  async function history(): Promise<object[]> {
    const { rows } = await sql.query<object>(
      'SELECT * FROM _prisma_migrations ORDER BY started_at, migration_name',
    );
    return rows;
  }

  async function tables(): Promise<string[]> {
    const { rows } = await sql.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
    );
    return rows.map(({ name }) => name).filter((name) => name !== '_prisma_migrations');
  }

  test('records each migration as Prisma does, and Prisma finds nothing left to do', async () => {
    const names = await migrationNames();
    expect(await migrate(url)).toEqual(names);
    const migrated = await history();
    expect(await prisma('status', MIGRATIONS_DIR)).toMatchObject({ ...CLEAN_STATUS, history: null });
    expect(await prisma('deploy', MIGRATIONS_DIR)).toEqual([]);

    await sql.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    expect(await prisma('deploy', MIGRATIONS_DIR)).toEqual(names);
    const ofEachRun = { id: expect.any(String), started_at: expect.any(Date), finished_at: expect.any(Date) };
    expect(migrated).toEqual((await history()).map((row) => ({ ...row, ...ofEachRun })));
    expect(await migrate(url)).toEqual([]);
  }, 30_000);

  test('creates _prisma_migrations with the columns that Prisma creates', async () => {
    const columns = async () => {
      const { rows } = await sql.query<object>(
        `SELECT column_name, data_type, character_maximum_length, is_nullable, column_default
         FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`,
      );
      return rows;
    };
    await write('1_first', 'CREATE TABLE first ()');
    await migrateHere();
    const ours = await columns();
    await sql.query('DROP TABLE first, _prisma_migrations');
    await prisma('deploy');
    expect(ours).toEqual(await columns());
  });

  test('applies only what the database lacks, and ignores what a newer release has applied', async () => {
    await write('1_first', 'CREATE TABLE first ()');
    expect(await migrateHere()).toEqual(['1_first']);
    await write('2_second', 'CREATE TABLE second ()');
    await sql.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('9', '', '9_newer', now())`,
    );
    expect(await migrateHere()).toEqual(['2_second']);
    expect(await migrateHere()).toEqual([]);
    expect(await tables()).toEqual(['first', 'second']);
  });

  test('a migration that fails leaves nothing behind, and can be corrected and run again', async () => {
    await write('1_first', 'CREATE TABLE first ()');
    await write('2_second', 'CREATE TABLE second (); SELECT 1 / 0');
    await expect(migrateHere()).rejects.toThrow(
      'migration 2_second failed: division by zero; correct the cause and migrate again',
    );
    expect(await tables()).toEqual(['first']);
    expect(await prisma('status')).toMatchObject(CLEAN_STATUS);
    await write('2_second', 'CREATE TABLE second ()');
    expect(await migrateHere()).toEqual(['2_second']);
    expect(await tables()).toEqual(['first', 'second']);
  });

  test('uses a new enum value in a later migration of the same run', async () => {
    await write('1_first', `CREATE TYPE colour AS ENUM ('RED'); CREATE TABLE first (colour colour)`);
    await write('2_second', `ALTER TYPE colour ADD VALUE 'BLUE'`);
    await write('3_third', `INSERT INTO first VALUES ('BLUE')`);
    expect(await migrateHere()).toHaveLength(3);
  });

  test('refuses a migration that Prisma left unfinished, until it is marked as rolled back', async () => {
    await write('1_first', 'CREATE TABLE first (); SELECT 1 / 0');
    await expect(prisma('deploy')).rejects.toThrow('1_first');
    const refusal = 'migration 1_first has failed before: see its logs in _prisma_migrations';
    await expect(migrateHere()).rejects.toThrow(refusal);
    await write('1_first', 'CREATE TABLE IF NOT EXISTS first ()');
    await expect(migrateHere()).rejects.toThrow(refusal);
    await sql.query('UPDATE _prisma_migrations SET rolled_back_at = now()');
    expect(await migrateHere()).toEqual(['1_first']);
    expect(await prisma('status')).toMatchObject({ ...CLEAN_STATUS, history: null });
  });

  test('refuses a migration whose file was changed after it was applied', async () => {
    await write('1_first', 'CREATE TABLE first ()');
    await migrateHere();
    await write('1_first', 'CREATE TABLE first (id int)');
    expect(await prisma('status')).toMatchObject({ editedMigrationNames: ['1_first'] });
    await expect(migrateHere()).rejects.toThrow('migration 1_first was changed after it was applied');
  });

  test('accepts other line endings, as Prisma does', async () => {
    const unix = 'CREATE TABLE first ();\nSELECT 1;\n';
    const windows = unix.replaceAll('\n', '\r\n');
    for (const [applied, found] of [
      [unix, windows],
      [windows, unix],
    ] as const) {
      await sql.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
      await write('1_first', applied);
      await migrateHere();
      await write('1_first', found);
      expect(await prisma('status')).toMatchObject({ editedMigrationNames: [] });
      expect(await migrateHere()).toEqual([]);
    }
  });

  test("refuses another application's database", async () => {
    await sql.query('CREATE TABLE theirs ()');
    await write('1_first', 'CREATE TABLE first ()');
    await expect(prisma('deploy')).rejects.toThrow('not empty');
    await expect(migrateHere()).rejects.toThrow('the database has tables but no _prisma_migrations');
    expect(await tables()).toEqual(['theirs']);
  });

  test('waits while the CLI of Prisma holds its lock', async () => {
    await sql.query('SELECT pg_advisory_lock(72707369)');
    await write('1_first', 'CREATE TABLE first ()');
    const ours = migrateHere();
    await waitFor('the wait for the lock', async () => (await waitingFor('advisory')) === 1, 10_000);
    await sql.query('SELECT pg_advisory_unlock(72707369)');
    expect(await ours).toEqual(['1_first']);
  });

  test('killed in the middle of a migration: nothing of it remains, and the next run applies it', async () => {
    const names = await migrationNames();
    // It creates tables before it needs a lock on one that exists.
    const remaining = names.slice(names.indexOf('20261128110000_audit_log'));
    for (const name of names.slice(0, -remaining.length))
      await cp(join(MIGRATIONS_DIR, name), join(directory, name), { recursive: true });
    await migrateHere();
    const before = await tables();
    await sql.query('BEGIN; LOCK TABLE orders');
    const killed = ChildProgram.node([resolve('dist/migrate.js')], { env: { DATABASE_URL: url } });
    // It has altered payments and waits for this lock.
    await waitFor('the wait for orders', async () => (await waitingFor('relation')) === 1, 10_000);
    await killed.stop('SIGKILL');
    const next = runCommand('migrate.js', { env: { DATABASE_URL: url } });
    await sql.query('COMMIT');
    expect(await next).toEqual({ code: 0, stdout: `Applied: ${remaining.join(', ')}\n`, stderr: '' });
    expect(await runCommand('migrate.js', { env: { DATABASE_URL: url } })).toEqual(UP_TO_DATE);
    expect(await tables()).toEqual(expect.arrayContaining([...before, 'audit_log', 'payment_declines']));
    expect(await history()).toHaveLength(names.length);
  }, 30_000);

  async function waitingFor(event: string): Promise<number> {
    const { rows } = await administrator.query<{ waiting: number }>(
      `SELECT count(*)::int AS waiting FROM pg_stat_activity
       WHERE datname = $1 AND wait_event_type = 'Lock' AND wait_event = $2`,
      [database, event],
    );
    return rows[0]?.waiting ?? 0;
  }
});
