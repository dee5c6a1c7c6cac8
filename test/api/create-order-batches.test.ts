import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from '../support/api-client.js';
import { ANSWER_BOUND_MS, attempt, created, storedOrders } from '../support/database-faults.js';
import { CreateOrderDocument, orderInput } from '../support/documents.js';
import { type LinkFault, TcpProxy } from '../support/tcp-proxy.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { countRows } from './orders-support.js';

const CREATE = 'create-orders';
const CONCURRENT = 40;

let system: TestSystem;
let proxy: TcpProxy;
let alice: ApiClient;
let mallory: ApiClient;

beforeAll(async () => {
  system = await setup({ ROLE: 'api' });
  proxy = await TcpProxy.start(system.env['DATABASE_URL'] ?? '');
  const { url } = await system.start({ DATABASE_URL: proxy.url });
  alice = new ApiClient(url, await system.token('alice'));
  mallory = new ApiClient(url, await system.token('mallory'));
  // Opens the connections, so that concurrent requests are sent at once.
  await Promise.all(Array.from({ length: 5 }, () => created(alice)));
}, 60_000);

afterAll(async () => {
  await system.close();
  await proxy.end();
}, 60_000);

/** The number of transactions that stored alice's orders. */
async function transactions(): Promise<number> {
  const { rows } = await system.sql.query<{ count: number }>(
    `SELECT count(DISTINCT xmin::text)::int AS count FROM orders WHERE customer_id = 'alice'`,
  );
  return rows[0]?.count ?? 0;
}

/** Blocks every statement that stores an order, until the returned function is called. */
async function holdOrders(): Promise<() => Promise<void>> {
  const holder = await system.sql.connect();
  await holder.query('BEGIN; LOCK TABLE orders IN SHARE MODE');
  return async () => {
    await holder.query('COMMIT');
    holder.release();
  };
}

async function waitingStatements(): Promise<number> {
  const { rows } = await system.sql.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%create-orders%'`,
  );
  return rows[0]?.count ?? 0;
}

async function expectEachStoredOnce(inputs: readonly { idempotencyKey: string }[], ids: readonly string[]) {
  const stored = await storedOrders(system.env['DATABASE_URL'] ?? '');
  expect(inputs.map(({ idempotencyKey }) => stored.get(`alice ${idempotencyKey}`))).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
}

describe('concurrent createOrder requests', () => {
  test('are stored in batches, and each gets its own answer', async () => {
    const [before, rows] = [await transactions(), await countRows(system.sql)];
    const inputs = Array.from({ length: CONCURRENT }, () => orderInput());
    const release = await holdOrders();
    const creating = inputs.map((input) => created(alice, input));
    await waitFor('a blocked statement', async () => (await waitingStatements()) > 0);
    // These requests were sent later and are answered: so all creates have arrived, and wait for the next batch.
    await Promise.all(inputs.map(() => alice.send({ query: '{ __typename }' })));
    await release();
    const answers = await Promise.all(creating);
    await expectEachStoredOnce(
      inputs,
      answers.map(({ id }) => id),
    );
    expect((await transactions()) - before).toBeLessThan(CONCURRENT / 2);
    expect(await countRows(system.sql)).toMatchObject({
      orders: rows.orders + CONCURRENT,
      events: rows.events + CONCURRENT,
      messages: rows.messages + CONCURRENT,
    });
  });

  test('with one key create one order, among other orders in their batch', async () => {
    const shared = orderInput();
    const inputs = Array.from({ length: CONCURRENT }, (_, index) =>
      index % 3 === 0 ? shared : orderInput(),
    );
    const answers = await Promise.all(inputs.map((input) => created(alice, input)));
    const ids = answers.filter((_, index) => index % 3 === 0).map(({ id }) => id);
    expect(new Set(ids).size).toBe(1);
    expect(new Set(answers.map(({ id }) => id)).size).toBe(
      1 + inputs.filter((input) => input !== shared).length,
    );
    expect(answers.filter((answer, index) => index % 3 === 0 && !answer.replayed)).toHaveLength(1);
  });
});

describe('one failing order in a batch', () => {
  test('that PostgreSQL refuses fails alone', async () => {
    await system.sql.query(`
      CREATE FUNCTION refuse_mallory() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'not from here' USING ERRCODE = 'check_violation'; END $$;
      CREATE TRIGGER refuse_mallory BEFORE INSERT ON orders FOR EACH ROW WHEN (NEW.customer_id = 'mallory')
        EXECUTE FUNCTION refuse_mallory()`);
    try {
      const inputs = Array.from({ length: CONCURRENT }, () => orderInput());
      const bad = mallory.execute(CreateOrderDocument, { input: orderInput() });
      const answers = await Promise.all(inputs.map((input) => created(alice, input)));
      expect((await bad).errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
      await expectEachStoredOnce(
        inputs,
        answers.map(({ id }) => id),
      );
    } finally {
      await system.sql.query('DROP TRIGGER refuse_mallory ON orders; DROP FUNCTION refuse_mallory');
    }
  });

  test('whose key another transaction has locked gets a retryable error, while the others are stored in time', async () => {
    const locked = orderInput();
    const holder = await system.sql.connect();
    try {
      await holder.query('BEGIN');
      await holder.query(
        `INSERT INTO orders (customer_id, idempotency_key, fingerprint, total_amount, currency, payment_method)
         VALUES ('alice', $1, '', 1, 'EUR', 'pm_card_visa')`,
        [locked.idempotencyKey],
      );
      const inputs = Array.from({ length: CONCURRENT }, () => orderInput());
      const waiting = attempt(alice, locked);
      const sooner = inputs.slice(0, CONCURRENT / 2).map((input) => created(alice, input));
      await delay(100);
      const later = inputs.slice(CONCURRENT / 2).map((input) => created(alice, input));
      // Later creates don't wait for the blocked one.
      const before = await Promise.race([
        Promise.all(later).then(() => 'later'),
        waiting.then(() => 'locked'),
      ]);
      expect(before).toBe('later');
      const answers = await Promise.all([...sooner, ...later]);
      for (const { tookMs } of answers) expect(tookMs).toBeLessThan(ANSWER_BOUND_MS);
      expect((await waiting).kind).toBe('retryable');
      await expectEachStoredOnce(
        inputs,
        answers.map(({ id }) => id),
      );
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    await created(alice, locked);
  });
});

describe.each<[string, LinkFault]>([
  ['before it reaches the server', 'cut-question'],
  ['after COMMIT, before the answer', 'cut-answer'],
  ['in a black hole, before it reaches the server', 'swallow-question'],
  ['in a black hole, after COMMIT', 'swallow-answer'],
])('a batch is lost %s', (_, fault) => {
  test('each of its orders is settled by its key', async () => {
    await waitFor('a create', () => created(alice));
    const first = created(alice);
    // These creates share the next statement, after the one of `first`.
    const inputs = Array.from({ length: CONCURRENT }, () => orderInput());
    const met = proxy.next(CREATE, fault);
    const answers = await Promise.all(inputs.map((input) => created(alice, input)));
    await Promise.all([first, met]);
    for (const { tookMs } of answers) expect(tookMs).toBeLessThan(ANSWER_BOUND_MS);
    await expectEachStoredOnce(
      inputs,
      answers.map(({ id }) => id),
    );
    const again = await Promise.all(inputs.map((input) => created(alice, input)));
    expect(again.map(({ id }) => id)).toEqual(answers.map(({ id }) => id));
  });
});
