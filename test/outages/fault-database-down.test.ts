import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { ANSWER_BOUND_MS, attempt, created, storedOrders } from '../support/database-faults.js';
import { orderInput } from '../support/documents.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** The bounds of fault 5. */
const REFUSED_WITHIN_MS = 2_000;
const BACK_WITHIN_MS = 5_000;
/** The bound of fault 6. */
const SETTLED_WITHIN_MS = 60_000;

let postgres: OwnPostgres;
let system: TestSystem;
let alice: ApiClient;

beforeAll(async () => {
  postgres = await OwnPostgres.start();
  system = await setup({ ROLE: 'api', DATABASE_URL: postgres.url });
  const { url } = await system.start();
  alice = new ApiClient(url, await system.token('alice'));
}, 60_000);

afterAll(async () => {
  await system.close();
  await postgres.end();
}, 60_000);

async function expectRefused(client: ApiClient, inputs = [orderInput()]): Promise<void> {
  for (const { kind, tookMs } of await Promise.all(inputs.map((input) => attempt(client, input)))) {
    expect(kind).toBe('retryable');
    expect(tookMs).toBeLessThan(REFUSED_WITHIN_MS);
  }
}

describe('fault 5: createOrder while PostgreSQL is down', () => {
  test.each(['stop', 'kill'] as const)(
    'after a %s gets a retryable error within 2 s, and works within 5 s of the restart',
    async (end) => {
      const input = orderInput();
      const before = await waitFor('a create', () => created(alice, input));
      const missed = Array.from({ length: 8 }, () => orderInput());
      await postgres[end]();
      try {
        // With connections just lost, with none, and several at once.
        await expectRefused(alice);
        await expectRefused(alice);
        await expectRefused(alice, missed);
      } finally {
        await postgres.startAgain();
      }
      await waitFor('a create', () => created(alice), BACK_WITHIN_MS);
      // The acknowledged order is there, and the refused ones can be created.
      expect(await created(alice, input)).toMatchObject({ id: before.id, replayed: true });
      for (const order of missed) expect(await created(alice, order)).toMatchObject({ replayed: false });
    },
    60_000,
  );

  test('gets a retryable error within 2 s where packets are dropped, too', async () => {
    const proxy = await TcpProxy.start(postgres.url);
    proxy.swallowAll();
    const { url } = await system.start({ DATABASE_URL: proxy.url });
    const client = new ApiClient(url, await system.token('alice'));
    // The first request of a process is slow.
    await attempt(client);
    await expectRefused(client, [orderInput(), orderInput(), orderInput()]);
    proxy.restore();
    await waitFor('a create', () => created(client), BACK_WITHIN_MS);
    await proxy.end();
  }, 60_000);
});

describe('fault 6: PostgreSQL restarts repeatedly', () => {
  test('clients that retry retryable errors get all their orders, each once', async () => {
    const before = await waitFor('the orders', () => storedOrders(postgres.url));
    const acknowledged = new Map<string, string>();
    let ending = false;
    let refusals = 0;
    const tookMs: number[] = [];
    const client = async (): Promise<void> => {
      while (!ending) {
        const input = orderInput();
        // Throws on an error that is not retryable.
        const order = await waitFor(
          'an order',
          async () => {
            const answer = await attempt(alice, input);
            tookMs.push(answer.tookMs);
            if (answer.kind === 'created') return answer;
            refusals += 1;
            return undefined;
          },
          SETTLED_WITHIN_MS,
        );
        acknowledged.set(`alice ${input.idempotencyKey}`, order.id);
      }
    };
    const clients = Array.from({ length: 8 }, client);
    try {
      for (let restart = 1; restart <= 6; restart += 1) {
        const size = acknowledged.size;
        await waitFor('orders between two restarts', () => acknowledged.size >= size + 50);
        const refused = refusals;
        await (restart % 2 === 0 ? postgres.kill() : postgres.stop());
        await waitFor('clients to be refused', () => refusals > refused);
        await postgres.startAgain();
      }
      const size = acknowledged.size;
      await waitFor('an order', () => acknowledged.size > size, BACK_WITHIN_MS);
    } finally {
      ending = true;
    }
    await Promise.all(clients);
    expect(Math.max(...tookMs)).toBeLessThan(ANSWER_BOUND_MS);
    expect(await storedOrders(postgres.url)).toEqual(new Map([...before, ...acknowledged]));
  }, 120_000);
});
