import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config/config.js';
import { Database } from '../../src/platform/database/database.js';
import { isAnswerLost } from '../../src/platform/database/database-errors.js';
import { ApiClient } from '../support/api-client.js';
import { ANSWER_BOUND_MS, attempt, created, storedOrders } from '../support/database-faults.js';
import { orderInput } from '../support/documents.js';
import { type LinkFault, TcpProxy } from '../support/tcp-proxy.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** Part of the text of the statement that stores orders, and of its name when it is reused. */
const CREATE = 'create-orders';

let system: TestSystem;
let proxy: TcpProxy;
let running: Awaited<ReturnType<TestSystem['start']>>;
let alice: ApiClient;

beforeAll(async () => {
  // Half of the defaults, since lost answers are waited for in full.
  system = await setup({
    ROLE: 'api',
    DATABASE_CONNECT_TIMEOUT_MS: '800',
    DATABASE_QUERY_TIMEOUT_MS: '1250',
    DATABASE_ANSWER_TIMEOUT_MS: '2250',
  });
  proxy = await TcpProxy.start(system.env['DATABASE_URL'] ?? '');
  running = await system.start({ DATABASE_URL: proxy.url });
  alice = new ApiClient(running.url, await system.token('alice'));
}, 60_000);

afterAll(async () => {
  await system.close();
  await proxy.end();
}, 60_000);

beforeEach(async () => {
  // A connection may have been lost in the previous test.
  await waitFor('a create', () => created(alice));
});

async function expectStoredOnce(input: { idempotencyKey: string }, id: string): Promise<void> {
  expect((await storedOrders(system.env['DATABASE_URL'] ?? '')).get(`alice ${input.idempotencyKey}`)).toBe(
    id,
  );
}

/** A Database of the test's own, to inspect its connections. */
async function withDatabase(use: (database: Database) => Promise<void>): Promise<void> {
  const database = new Database(readConfig({ ...system.env, DATABASE_URL: proxy.url }));
  try {
    await use(database);
  } finally {
    await database.onApplicationShutdown();
  }
}

async function backendPid(database: Database): Promise<number | undefined> {
  const rows = await database.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
  return rows[0]?.pid;
}

async function lostAnswer(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => false,
    (error: unknown) => isAnswerLost(error),
  );
}

describe.each<[string, LinkFault]>([
  ['fault 7: the link is cut before the statement reaches the server', 'cut-question'],
  ['fault 7: the link is cut after COMMIT was sent, before the answer', 'cut-answer'],
  ['fault 8: the statement never arrives (black hole)', 'swallow-question'],
  ["fault 8: COMMIT's answer never comes (black hole)", 'swallow-answer'],
])('%s', (_, fault) => {
  test('createOrder settles the lost answer, and a retry returns the same order', async () => {
    const input = orderInput();
    const met = proxy.next(CREATE, fault);
    const { id, tookMs } = await created(alice, input);
    await met;
    expect(tookMs).toBeLessThan(ANSWER_BOUND_MS);
    await expectStoredOnce(input, id);
    expect(await created(alice, input)).toMatchObject({ id, replayed: true });
  });

  test('createOrder gets a retryable error where that fails as well, and a retry returns the order', async () => {
    const input = orderInput();
    // As many as it may retry; unused ones are removed below.
    const met = Array.from({ length: 4 }, () => proxy.next(CREATE, fault));
    const first = await attempt(alice, input);
    expect(first.kind).toBe('retryable');
    expect(first.tookMs).toBeLessThan(ANSWER_BOUND_MS);
    await met[0];
    proxy.restore();
    const { id } = await waitFor('the retry', () => created(alice, input), ANSWER_BOUND_MS);
    await expectStoredOnce(input, id);
  });

  test('a transaction fails with an unknown outcome, and its connection is not used again', async () => {
    await withDatabase(async (database) => {
      const pid = await backendPid(database);
      const met = proxy.next('COMMIT', fault);
      const startedAt = performance.now();
      const work = database.$transaction(async (transaction) => {
        await transaction.$executeRaw`UPDATE products SET name = name`;
      });
      expect(await lostAnswer(work)).toBe(true);
      expect(performance.now() - startedAt).toBeLessThan(ANSWER_BOUND_MS);
      const link = await met;
      expect(database.pool.totalCount).toBe(0);
      if (fault.startsWith('swallow'))
        await waitFor('the connection to be destroyed', () => link.closedByClient);
      // Nothing was sent after the fault, not even Terminate.
      expect(link.bytesAfterFault).toBe(0);
      expect(await backendPid(database)).not.toBe(pid);
    });
  });
});

describe("fault 8: a statement's answer never comes during a transaction", () => {
  test('the rollback does not wait for it, and the connection is not pooled', async () => {
    await withDatabase(async (database) => {
      const met = proxy.next('lost in the middle', 'swallow-answer');
      const startedAt = performance.now();
      const work = database.$transaction(async (transaction) => {
        await transaction.$queryRaw`SELECT 'lost in the middle'`;
      });
      expect(await lostAnswer(work)).toBe(true);
      // The timeout of one statement, not of two.
      expect(performance.now() - startedAt).toBeLessThan(2 * readConfig(system.env).database.queryTimeoutMs);
      const link = await met;
      await waitFor('the connection to be destroyed', () => link.closedByClient);
      expect(link.bytesAfterFault).toBe(0);
      expect(await database.$transaction([database.$queryRaw`SELECT 1 AS one`])).toEqual([[{ one: 1 }]]);
    });
  });
});

describe('fault 8: all packets vanish in a black hole', () => {
  test('createOrder gets a retryable error within 5 s, and works within 5 s after the black hole is gone', async () => {
    // Opens several idle connections into the black hole.
    await Promise.all(Array.from({ length: 5 }, () => created(alice)));
    proxy.swallowAll();
    const inputs = Array.from({ length: 5 }, () => orderInput());
    for (const answer of await Promise.all(inputs.map((input) => attempt(alice, input)))) {
      expect(answer.kind).toBe('retryable');
      expect(answer.tookMs).toBeLessThan(ANSWER_BOUND_MS);
    }
    proxy.restore();
    await waitFor('a create', () => created(alice, inputs[0]), ANSWER_BOUND_MS);
    for (const input of inputs) await expectStoredOnce(input, (await created(alice, input)).id);
  });

  test('createOrder is settled over a new connection where only the old ones are in it', async () => {
    await Promise.all(Array.from({ length: 5 }, () => created(alice)));
    proxy.swallowOpen();
    const input = orderInput();
    const { id, tookMs } = await created(alice, input);
    expect(tookMs).toBeLessThan(ANSWER_BOUND_MS);
    await expectStoredOnce(input, id);
  });
});
