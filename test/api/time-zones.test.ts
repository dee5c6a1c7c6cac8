import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Database } from '../../src/platform/database/database.js';
import { ApiClient } from '../support/api-client.js';
import { CreateOrderDocument, OrderDocument, OrdersDocument, orderInput } from '../support/documents.js';
import { captures } from '../support/placed-orders.js';
import { Processes } from '../support/processes.js';
import { runCommand } from '../support/run-command.js';
import { setup, type TestSystem } from '../support/test-system.js';

/** East and west of UTC, neither by whole hours; one with another date style. */
const ZONES = [
  { zone: 'Asia/Kolkata', dateStyle: 'German' },
  { zone: 'America/St_Johns', dateStyle: 'ISO' },
] as const;
/** Far less than any time zone's offset. */
const TOLERANCE_MS = 60_000;

describe.each(ZONES)("fault 46: with the database's time zone $zone", ({ zone, dateStyle }) => {
  let system: TestSystem;
  const processes = new Processes();

  beforeEach(async () => {
    system = await setup();
    const name = new URL(system.env['DATABASE_URL'] ?? '').pathname.slice(1);
    await system.sql.query(`ALTER DATABASE ${name} SET TimeZone = '${zone}'`);
    await system.sql.query(`ALTER DATABASE ${name} SET DateStyle = '${dateStyle}'`);
  });

  afterEach(async () => {
    await processes.end();
    await system.close();
  });

  const expectNow = (time: unknown) => {
    expect(time).toEqual(expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/));
    expect(Math.abs(Date.parse(String(time)) - Date.now())).toBeLessThan(TOLERANCE_MS);
  };

  test('all times in answers are right, also in a process of that time zone', async () => {
    const { url } = await processes.start({ ...system.env, TZ: zone });
    const alice = new ApiClient(url, await system.token('alice'));
    try {
      // createOrder's answer comes from a raw query, the others from Prisma.
      const { createOrder } = await alice.data(CreateOrderDocument, { input: orderInput() });
      if (createOrder.__typename !== 'CreateOrderSuccess') throw new Error(createOrder.__typename);
      expectNow(createOrder.order.createdAt);
      expectNow(createOrder.order.updatedAt);
      const { id } = createOrder.order;
      const { order } = await alice.data(OrderDocument, { id });
      expect(order?.createdAt).toBe(createOrder.order.createdAt);
      const { orders } = await alice.data(OrdersDocument, { first: 1 });
      expect(orders.edges[0]?.node.createdAt).toBe(createOrder.order.createdAt);
      const watch = alice.watch(id, 0);
      await watch.untilStatus('CONFIRMED');
      for (const { occurredAt } of watch.events) expectNow(occurredAt);
      watch.stop();
      expect(await captures(system.sandboxUrl)).toEqual(new Map([[id, 1]]));
    } finally {
      await alice.close();
    }
  });

  test("a date is read as it was written, by Prisma's queries and by raw ones", async () => {
    const { app } = await system.start({ ROLE: 'relay' });
    const database = app.get(Database, { strict: false });
    // Recovery deletes what is older than its retention.
    const date = new Date();
    await database.webhookEvent.create({ data: { id: 'evt_1', type: 'a.b', receivedAt: date } });
    const stored = `SELECT extract(epoch FROM received_at)::float8 * 1000 AS ms FROM webhook_events`;
    expect((await system.sql.query(stored)).rows).toEqual([{ ms: date.getTime() }]);
    expect(await database.webhookEvent.findMany({ where: { receivedAt: date } })).toMatchObject([
      { receivedAt: date },
    ]);
    const raw =
      await database.$queryRaw`SELECT received_at AS read, ${date}::timestamptz AS sent FROM webhook_events`;
    expect(raw).toEqual([{ read: date, sent: date }]);
  });

  test('the times of recorded migrations are right', async () => {
    await system.sql.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    const DATABASE_URL = system.env['DATABASE_URL'] ?? '';
    const migrated = await runCommand('migrate.js', { env: { DATABASE_URL, TZ: zone } });
    expect(migrated).toMatchObject({ code: 0, stderr: '' });
    const { rows } = await system.sql.query<{ started: Date; finished: Date }>(
      'SELECT started_at AS started, finished_at AS finished FROM _prisma_migrations',
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { started, finished } of rows) {
      expectNow(started.toISOString());
      expectNow(finished.toISOString());
    }
  });

  test('options in the URL apply, except the time zone', async () => {
    const url = new URL(system.env['DATABASE_URL'] ?? '');
    url.searchParams.set('options', `-c TimeZone=${zone} -c work_mem=5MB`);
    const { app } = await system.start({ ROLE: 'relay', DATABASE_URL: url.href });
    const [session] = await app.get(Database, { strict: false }).$queryRaw<unknown[]>`
      SELECT current_setting('TimeZone') AS zone, current_setting('work_mem') AS memory,
        current_setting('random_page_cost') AS cost`;
    expect(session).toEqual({ zone: 'UTC', memory: '5MB', cost: '1.1' });
  });
});
