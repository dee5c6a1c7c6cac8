import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { RawConnection } from '../support/raw-connection.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** The router takes all of them as /graphql. */
const SPELLINGS = [
  '/graphql',
  '/graphql?',
  '/graphql?query=x',
  '/graphql#',
  '/graphql#?a=b',
  '/%67raphql',
  '/%67%72%61%70%68%71%6C',
  'http://localhost/graphql',
  'HTTPS://user@shop.example:1/%67raphql?a',
];
const OTHER_PATHS = ['/graphql/', '//graphql', '/graphql;a=b', '/GraphQL', '/%2567raphql', '/%2Fgraphql'];
const BODY = JSON.stringify({ query: '{ products(first: 1) { edges { node { sku } } } }' });

describe('the load shedder with a limit of one request', () => {
  let system: TestSystem;
  let url: string;
  let token: string;
  const connections: RawConnection[] = [];

  beforeAll(async () => {
    system = await setup({
      ROLE: 'api',
      HTTP_CONCURRENCY_LIMIT: '1',
      HTTP_BURST_LIMIT: '1',
      // No timeout ends the blocked request.
      DATABASE_QUERY_TIMEOUT_MS: '60000',
      DATABASE_ANSWER_TIMEOUT_MS: '60000',
    });
    ({ url } = await system.start());
    token = await system.token('alice');
  });

  afterEach(() => {
    for (const connection of connections.splice(0)) connection.destroy();
  });

  afterAll(() => system.close());

  async function post(target: string): Promise<RawConnection> {
    const connection = await RawConnection.open(url);
    connections.push(connection);
    connection.send(
      `POST ${target} HTTP/1.1`,
      'host: localhost',
      'content-type: application/json',
      `authorization: Bearer ${token}`,
      `content-length: ${BODY.length}`,
      '',
      BODY,
    );
    return connection;
  }

  /** Runs `work` while a request to `target` waits for the database. */
  async function whileHeld(target: string, work: () => Promise<void>): Promise<readonly number[]> {
    const client = await system.sql.connect();
    try {
      await client.query('BEGIN; LOCK TABLE products');
      const held = await post(target);
      await waitFor('a request that waits', async () => {
        const { rows } = await system.sql.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rows.length === 1;
      });
      await work();
      await client.query('ROLLBACK');
      return await held.answered();
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  }

  test('refuses the next request however its path is spelled, but no other path', async () => {
    const statuses = await whileHeld('/graphql', async () => {
      for (const target of SPELLINGS)
        expect([target, await (await post(target)).answered()]).toEqual([target, [503]]);
      for (const target of OTHER_PATHS)
        expect([target, await (await post(target)).answered()]).toEqual([target, [404]]);
    });
    expect(statuses).toEqual([200]);
  });

  test.each(SPELLINGS)('counts a request to %s', async (target) => {
    const statuses = await whileHeld(target, async () => {
      expect(await (await post('/graphql')).answered()).toEqual([503]);
    });
    expect(statuses).toEqual([200]);
  });
});
