import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { type CommandResult, runCommand } from '../support/run-command.js';
import { required } from '../support/test-system.js';

const UP_TO_DATE = 'The database is up to date.\n';

async function migrate(databaseUrl: string): Promise<CommandResult> {
  return runCommand('migrate.js', { env: { DATABASE_URL: databaseUrl } });
}

async function schemaSql(databaseUrl: string): Promise<string> {
  const env = { DATABASE_URL: databaseUrl };
  return (await runCommand('test/servers/schema-engine.js', { env, parameters: ['schema-sql'] })).stdout;
}

/** What Prisma's schema describes: it has neither check constraints nor partial indexes. */
const DESCRIPTION = `
  SELECT format('column %s.%s %s%s default %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attnotnull THEN ' not null' ELSE '' END, coalesce(replace(pg_get_expr(d.adbin, d.adrelid), 'CURRENT_TIMESTAMP', 'now()'), 'none')) AS line
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> '_prisma_migrations'
  UNION ALL
  SELECT format('enum %s %s', t.typname, string_agg(e.enumlabel, ' ' ORDER BY e.enumsortorder))
  FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY t.typname
  UNION ALL
  SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
  FROM pg_constraint
  WHERE contype IN ('p', 'f', 'u') AND conrelid <> 0 AND connamespace = 'public'::regnamespace
    AND conrelid::regclass::text <> '_prisma_migrations'
  UNION ALL
  SELECT pg_get_indexdef(i.indexrelid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
  WHERE c.relnamespace = 'public'::regnamespace AND i.indpred IS NULL AND c.relname <> '_prisma_migrations'
  ORDER BY line`;

describe('the migrations', () => {
  let administrator: pg.Client;
  const names: string[] = [];

  beforeAll(async () => {
    administrator = new pg.Client({ connectionString: urlOf('postgres') });
    await administrator.connect();
  });

  afterAll(async () => {
    for (const name of names) await administrator.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await administrator.end();
  });

  function urlOf(database: string): string {
    const url = new URL(required('TEST_POSTGRES_URL'));
    url.pathname = `/${database}`;
    return url.href;
  }

  async function emptyDatabase(): Promise<string> {
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    await administrator.query(`CREATE DATABASE ${name} TEMPLATE template0`);
    names.push(name);
    return urlOf(name);
  }

  async function query(databaseUrl: string, text: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      return (await client.query<object>(text)).rows;
    } finally {
      await client.end();
    }
  }

  test('can be run by several machines at once on an empty database, and again', async () => {
    const url = await emptyDatabase();
    const results = await Promise.all([migrate(url), migrate(url), migrate(url)]);
    // One of them applied all, the others found the database up to date.
    expect(results.filter(({ stdout }) => stdout.startsWith('Applied: '))).toHaveLength(1);
    expect(results.filter(({ stdout }) => stdout === UP_TO_DATE)).toHaveLength(2);
    expect(await migrate(url)).toMatchObject({ code: 0, stdout: UP_TO_DATE });
    const applied = await query(
      url,
      'SELECT DISTINCT finished_at IS NOT NULL AS finished, rolled_back_at FROM _prisma_migrations',
    );
    expect(applied).toEqual([{ finished: true, rolled_back_at: null }]);
  }, 60_000);

  test('create what prisma/schema.prisma describes', async () => {
    const [migrated, described] = [await emptyDatabase(), await emptyDatabase()];
    await migrate(migrated);
    await query(
      described,
      `CREATE FUNCTION uuid_v7() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()'`,
    );
    await query(described, await schemaSql(described));
    const lines = await query(migrated, DESCRIPTION);
    expect(lines).toEqual(await query(described, DESCRIPTION));
    expect(lines).toContainEqual({ line: 'column orders.currency character(3) not null default none' });
    // Detects a difference.
    await query(described, 'ALTER TABLE orders ALTER COLUMN failure_message SET NOT NULL');
    expect(await query(described, DESCRIPTION)).not.toEqual(lines);
  }, 60_000);

  test('fail without the password in the message where there is no server', async () => {
    const { code, stderr } = await migrate('postgresql://user:hidden-password@127.0.0.1:1/orders');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^migrate: /)]);
    expect(stderr).not.toContain('hidden-password');
  });

  test('fail where the URL has parameters without an effect', async () => {
    const { code, stderr } = await migrate(`${await emptyDatabase()}?schema=shop&pgbouncer=true`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^migrate: DATABASE_URL: .*schema.*\nDATABASE_URL: .*pgbouncer.*\n$/);
  });
});
