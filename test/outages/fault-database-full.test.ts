import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { ApiClient } from '../support/api-client.js';
import { attempt, created, storedOrders } from '../support/database-faults.js';
import { orderInput } from '../support/documents.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** The bound of fault 11, from when there is space again. */
const NORMAL_WITHIN_MS = 10_000;

// Mounting a small disk needs root, and is not possible in every container.
const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

(mayMount ? describe : describe.skip)("fault 11: PostgreSQL's disk is full", () => {
  let postgres: OwnPostgres;
  let system: TestSystem;
  let alice: ApiClient;

  beforeAll(async () => {
    postgres = await OwnPostgres.start({ smallDisk: true });
    system = await setup({ ROLE: 'api', DATABASE_URL: postgres.url });
    const { url } = await system.start();
    alice = new ApiClient(url, await system.token('alice'));
  }, 60_000);

  afterAll(async () => {
    await system.close();
    await postgres.end();
  }, 60_000);

  test('createOrder gets a retryable error, acknowledged orders survive, and creates work when there is space again', async () => {
    const acknowledged = new Map<string, string>();
    await postgres.fillDisk();
    // Existing pages still have room for some orders.
    const refused = await waitFor('a refusal', async () => {
      const input = orderInput();
      const answer = await attempt(alice, input);
      if (answer.kind === 'retryable') return input;
      acknowledged.set(`alice ${input.idempotencyKey}`, answer.id);
      return undefined;
    });
    expect((await attempt(alice, refused)).kind).toBe('retryable');
    // A refused order is rolled back as a whole.
    expect(await storedOrders(postgres.url)).toEqual(acknowledged);
    await postgres.freeDisk();
    const { id, replayed } = await waitFor('a create', () => created(alice, refused), NORMAL_WITHIN_MS);
    expect(replayed).toBe(false);
    acknowledged.set(`alice ${refused.idempotencyKey}`, id);
    await postgres.kill();
    await postgres.startAgain();
    expect(await storedOrders(postgres.url)).toEqual(acknowledged);
  }, 60_000);
});

// Runs on every machine, with the error raised by a trigger.
describe('fault 11: PostgreSQL reports that its disk is full', () => {
  test('createOrder gets a retryable error, and nothing of the order is stored', async () => {
    const system = await setup({ ROLE: 'api' });
    const url = system.env['DATABASE_URL'] ?? '';
    try {
      const running = await system.start();
      const alice = new ApiClient(running.url, await system.token('alice'));
      await system.sql.query(`
        CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON outbox_messages FOR EACH ROW EXECUTE FUNCTION full_disk()`);
      const input = orderInput();
      expect((await attempt(alice, input)).kind).toBe('retryable');
      expect((await storedOrders(url)).size).toBe(0);
      await system.sql.query('DROP FUNCTION full_disk CASCADE');
      const { id } = await created(alice, input);
      expect([...(await storedOrders(url)).values()]).toEqual([id]);
    } finally {
      await system.close();
    }
  }, 60_000);
});
