import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RunningApplication } from '../../src/application.js';
import { seedProducts } from '../../src/dev/seed.js';
import { migrationNames } from '../../src/platform/database/migrations.js';
import { ApiClient } from '../support/api-client.js';
import { SystemStatusDocument } from '../support/operator-documents.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { create, untilConfirmed } from '../support/placed-orders.js';
import { runCommand } from '../support/run-command.js';
import { sqlPool } from '../support/sql-pool.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

const READY = { status: 'ready', database: 'up', redis: 'up', reasons: [] };
/** The bound of fault 48, and of a fail-over. */
const READY_WITHIN_MS = 5_000;

describe('the readiness of a process (fault 48)', () => {
  let system: TestSystem;
  let database: string;

  beforeEach(async () => {
    system = await setup();
    database = new URL(system.env['DATABASE_URL'] ?? '').pathname.slice(1);
  });

  afterEach(async () => {
    await system.close();
  });

  const readiness = async ({ url }: Pick<RunningApplication, 'url'>) =>
    (await fetch(`${url}/health/ready`)).json();

  async function untilReady(application: RunningApplication): Promise<void> {
    await waitFor(
      'the process to be ready',
      async () => {
        expect(await readiness(application)).toEqual(READY);
        return true;
      },
      READY_WITHIN_MS,
    );
  }

  const notReady = (databaseState: 'up' | 'down', reason: RegExp) => ({
    status: 'not ready',
    database: databaseState,
    redis: 'up',
    reasons: [expect.stringMatching(reason)],
  });

  async function expectOrdersToBePaid({ url }: RunningApplication, sql = system.sql): Promise<void> {
    const { id } = await create(new ApiClient(url, await system.token('alice')));
    await untilConfirmed(sql, [id]);
  }

  test('is not ready with an empty database, until it is migrated', async () => {
    await system.sql.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    const application = await system.start();
    expect(await readiness(application)).toEqual(
      notReady('up', /^The database has not been migrated: run npm run migrate\.$/),
    );
    expect((await fetch(`${application.url}/health/ready`)).status).toBe(503);
    const DATABASE_URL = system.env['DATABASE_URL'] ?? '';
    expect((await runCommand('migrate.js', { env: { DATABASE_URL } })).code).toBe(0);
    await seedProducts(DATABASE_URL);
    await untilReady(application);
    await expectOrdersToBePaid(application);
  });

  test.each([
    ['was not applied', 'DELETE FROM _prisma_migrations WHERE migration_name = $1'],
    ['was not finished', 'UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = $1'],
    ['was rolled back', 'UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = $1'],
  ])('is not ready where the last migration %s', async (_, statement) => {
    const last = (await migrationNames()).at(-1);
    await system.sql.query(statement, [last]);
    const application = await system.start({ ROLE: 'worker' });
    expect(await readiness(application)).toEqual(
      notReady('up', new RegExp(`last migration, ${last}: run npm run`)),
    );
  });

  test('is ready with a database of a newer release', async () => {
    await system.sql.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('newer', '', '99991231_newer')`,
    );
    await untilReady(await system.start({ ROLE: 'api' }));
  });

  test('is not ready where the database role may not read the migrations, and says what to grant', async () => {
    await system.sql.query(`CREATE ROLE ${database} LOGIN PASSWORD 'secret'`);
    const url = new URL(system.env['DATABASE_URL'] ?? '');
    [url.username, url.password] = [database, 'secret'];
    try {
      const { app, url: at } = await system.start({ ROLE: 'api', DATABASE_URL: url.href });
      expect(await readiness({ url: at })).toEqual(notReady('up', /may not read _prisma_migrations: grant /));
      await app.close();
    } finally {
      await system.sql.query(`DROP ROLE ${database}`);
    }
  });

  test('is not ready with a read-only database, until it accepts writes, even without any write', async () => {
    await system.sql.query(`ALTER DATABASE ${database} SET default_transaction_read_only = on`);
    const application = await system.start({ ROLE: 'api' });
    const reason = /^The database is set to be read-only, and takes no writes\.$/;
    expect(await readiness(application)).toEqual(notReady('down', reason));
    const olga = new ApiClient(application.url, await system.token('olga', { roles: ['operator'] }));
    expect((await olga.data(SystemStatusDocument, {})).systemStatus.database).toBe('DOWN');
    // Open sessions stay read-only.
    await system.sql.query(`ALTER DATABASE ${database} RESET default_transaction_read_only`);
    await untilReady(application);
    expect((await olga.data(SystemStatusDocument, {})).systemStatus.database).toBe('UP');
  });

  test('is not ready with a standby, until it is promoted', async () => {
    const postgres = await OwnPostgres.start();
    const administrator = sqlPool(postgres.url, 1);
    try {
      await postgres.startAgainAsStandby();
      const application = await system.start({ DATABASE_URL: postgres.url });
      const reason = /^The database is a standby or in recovery, and takes no writes\.$/;
      expect(await readiness(application)).toEqual(notReady('down', reason));
      await administrator.query('SELECT pg_promote()');
      await untilReady(application);
      await expectOrdersToBePaid(application, administrator);
      await application.app.close();
    } finally {
      await administrator.end();
      await postgres.end();
    }
  }, 60_000);
});
