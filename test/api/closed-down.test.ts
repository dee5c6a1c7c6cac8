import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import { LockedDown } from '../support/locked-down.js';

/** PostgreSQL's code for a missing privilege. */
const REFUSED = { code: '42501' };

/** That the system works with these privileges and needs all of them: test/system/least-privilege.test.ts. */
describe('with the privileges of docs/operations.md', () => {
  let locked: LockedDown;
  let application: pg.Client;
  let redis: Redis;

  beforeAll(async () => {
    locked = await LockedDown.start();
    application = new pg.Client({ connectionString: locked.applicationUrl });
    await application.connect();
    redis = new Redis(locked.redisUrl);
    await redis.set('{orders}:limit', 1);
  }, 60_000);

  afterAll(async () => {
    redis.disconnect();
    await application.end();
    await locked.remove();
  });

  test.each([
    'CREATE TABLE mine (id INTEGER)',
    'CREATE TEMPORARY TABLE mine (id INTEGER)',
    'CREATE SCHEMA mine',
    'CREATE ROLE mine',
    'CREATE DATABASE mine',
    'ALTER ROLE orders_app SUPERUSER',
    'SET ROLE orders_owner',
    'ALTER TABLE orders ADD COLUMN mine TEXT',
    'DROP TABLE orders',
    'TRUNCATE orders CASCADE',
    'DELETE FROM orders',
    'DELETE FROM order_events',
    'DELETE FROM payments',
    'DELETE FROM dead_letters',
    'DELETE FROM products',
    'DELETE FROM audit_log',
    `UPDATE audit_log SET actor = 'nobody'`,
    'DELETE FROM pay_requests',
    `UPDATE pay_requests SET payment_method = 'pm_other'`,
    `UPDATE payment_declines SET customer_id = 'mallory'`,
    `UPDATE order_events SET detail = 'nothing happened'`,
    'UPDATE order_items SET quantity = 1',
    'UPDATE orders SET total_amount = 1',
    `UPDATE orders SET customer_id = 'mallory'`,
    `UPDATE dead_letters SET error = ''`,
    `SELECT setval('outbox_messages_id_seq', 1)`,
    'SELECT FROM pg_authid',
    'SELECT logs FROM _prisma_migrations',
    'UPDATE _prisma_migrations SET finished_at = NULL',
    `SELECT pg_read_file('/etc/passwd')`,
    `COPY orders TO PROGRAM 'true'`,
  ])('the database role may not: %s', async (statement) => {
    await expect(application.query(statement)).rejects.toMatchObject(REFUSED);
  });

  test('no other role can connect to the database', async () => {
    await locked.sql.query(`CREATE ROLE stranger LOGIN PASSWORD 'stranger'`);
    const url = new URL(locked.applicationUrl);
    [url.username, url.password] = ['stranger', 'stranger'];
    const stranger = new pg.Client({ connectionString: url.href });
    await expect(stranger.connect()).rejects.toMatchObject(REFUSED);
  });

  test('the database role can read every table but _prisma_migrations', async () => {
    const { rows } = await locked.sql.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
         AND NOT has_table_privilege('orders_app', oid, 'SELECT')`,
    );
    expect(rows).toEqual([{ name: '_prisma_migrations' }]);
  });

  test.each(
    [
      ['FLUSHALL'],
      ['FLUSHDB'],
      ['KEYS', '*'],
      ['SCAN', '0'],
      ['CONFIG', 'GET', '*'],
      ['ACL', 'LIST'],
      ['CLIENT', 'LIST'],
      ['CLIENT', 'KILL', 'TYPE', 'normal'],
      ['SCRIPT', 'FLUSH'],
      ['SHUTDOWN'],
      ['REPLICAOF', 'NO', 'ONE'],
      ['MIGRATE', '127.0.0.1', '1', '{orders}:limit', '0', '1'],
      ['DUMP', '{orders}:limit'],
      ['GET', 'foreign'],
      ['SET', '{orders}foreign', '1'],
      ['EVAL', `return redis.call('GET', 'foreign')`, '0'],
      ['EVAL', `return redis.call('KEYS', '*')`, '0'],
      ['PUBLISH', 'foreign', ''],
      ['SUBSCRIBE', 'foreign'],
      ['PSUBSCRIBE', '*'],
    ].map(([command = '', ...words]) => ({ line: [command, ...words].join(' '), command, words })),
  )('the Redis user may not: $line', async ({ command, words }) => {
    await expect(redis.call(command, ...words)).rejects.toThrow(/NOPERM|no permissions|can't (run|access)/);
  });

  test('Redis refuses a client without a name', async () => {
    const url = new URL(locked.redisUrl);
    [url.username, url.password] = ['', ''];
    const anonymous = new Redis(url.href, { protocol: 2, enableReadyCheck: false });
    await expect(anonymous.ping()).rejects.toThrow(/NOAUTH/);
    anonymous.disconnect();
  });
});
