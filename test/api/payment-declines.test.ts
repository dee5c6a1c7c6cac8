import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PurgePaymentDeclines } from '../../src/recovery/purge-payment-declines.js';
import { ApiClient } from '../support/api-client.js';
import { CreateOrderDocument, orderInput } from '../support/documents.js';
import { waitFor } from '../support/wait-for.js';
import { Desk } from './desk.js';
import { countRows, create, tryCreate } from './orders-support.js';

const MAX = 3;
const HOUR_MS = 3_600_000;
const DECLINED = 'pm_card_chargeDeclined';

describe("a customer's declined payments", () => {
  let desk: Desk;
  let customers = 0;

  beforeAll(async () => {
    desk = await Desk.open({ PAYMENT_DECLINES_PER_HOUR: String(MAX), RECOVERY_BATCH_SIZE: '2' });
  });

  afterAll(() => desk.close());

  async function newCustomer(
    roles: string[] = [],
  ): Promise<{ readonly sub: string; readonly client: ApiClient }> {
    customers += 1;
    const sub = `customer-${customers}`;
    return { sub, client: new ApiClient(desk.api.url, await desk.steps.system.token(sub, { roles })) };
  }

  async function decline(client: ApiClient): Promise<string> {
    const { id } = (await create(client, { paymentMethod: DECLINED })).order;
    await desk.steps.chargeToEnd(id);
    expect(await desk.steps.status(id)).toBe('PAYMENT_FAILED');
    return id;
  }

  /** Moves the customer's declines into the past. @param by as PostgreSQL writes an interval */
  async function age(sub: string, by: string): Promise<void> {
    await desk.steps.select(
      'UPDATE payment_declines SET declined_at = declined_at - $2::interval WHERE customer_id = $1',
      [sub, by],
    );
  }

  const ask = (client: ApiClient) => client.execute(CreateOrderDocument, { input: orderInput() });

  test('are counted in the transaction of their events, and no other outcome is', async () => {
    const { sub, client } = await newCustomer();
    const declined = await decline(client);
    const { id } = (await create(client)).order;
    await desk.steps.chargeToEnd(id);
    const dead = await desk.deadBeforeCharge();
    await desk.discard((await desk.deadLetterOf(dead)).id);
    expect(
      await desk.steps.select(
        `SELECT d.customer_id AS sub, d.order_id AS id, d.declined_at = e.occurred_at AS at, d.xmin::text = e.xmin::text AS written
         FROM payment_declines d JOIN order_events e ON e.order_id = d.order_id AND e.type = 'PAYMENT_DECLINED'
         WHERE d.customer_id IN ($1, 'alice')`,
        [sub],
      ),
    ).toEqual([{ sub, id: declined, at: true, written: true }]);
  });

  test('are counted once each where one statement stores declined and succeeded payments', async () => {
    const before = await desk.steps.select('SELECT FROM payment_declines');
    const orders = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        desk.steps.placeOrder(index % 2 === 0 ? DECLINED : 'pm_card_visa'),
      ),
    );
    const { transitions } = desk.steps;
    const from = { status: 'PENDING', version: 1 } as const;
    const actor = 'worker';
    await Promise.all(
      orders.map((orderId) => transitions.apply({ orderId, type: 'PAYMENT_STARTED', from, actor })),
    );
    const started = { status: 'PAYMENT_PROCESSING', version: 2 } as const;
    const failure = { code: 'card_declined', message: 'Declined.', gatewayCode: 'lost_card' };
    await Promise.all(
      orders
        .toReversed()
        .map((orderId, index) =>
          transitions.apply(
            index % 2 === 1
              ? { orderId, type: 'PAYMENT_DECLINED', from: started, actor, failure }
              : { orderId, type: 'PAYMENT_SUCCEEDED', from: started, actor },
          ),
        ),
    );
    const rows = await desk.steps.select<{ id: string; right: boolean; transactions: number }>(
      `SELECT d.order_id AS id, d.customer_id = o.customer_id AS right FROM payment_declines d
       JOIN orders o ON o.id = d.order_id WHERE d.order_id = ANY ($1::uuid[])`,
      [orders],
    );
    const declined = orders.filter((_, index) => index % 2 === 0);
    expect(rows.map(({ id }) => id).toSorted()).toEqual(declined.toSorted());
    expect(rows.every(({ right }) => right)).toBe(true);
    expect(await desk.steps.select('SELECT FROM payment_declines')).toHaveLength(
      before.length + declined.length,
    );
  });

  test('at the limit make further orders RATE_LIMITED with the time to wait', async () => {
    const { sub, client } = await newCustomer();
    for (let count = 1; count < MAX; count += 1) await decline(client);
    const replayed = orderInput();
    await create(client, replayed);
    await decline(client);
    await age(sub, '20 minutes');
    const before = await countRows(desk.steps.system.sql);
    const { status, data, errors = [] } = await ask(client);
    expect([status, data]).toEqual([200, null]);
    const [error] = errors;
    const retryAfterMs = Number(error?.extensions['retryAfterMs']);
    expect(error).toMatchObject({
      message: `Too many payments were declined. Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`,
      path: ['createOrder'],
      extensions: { code: 'RATE_LIMITED' },
    });
    const [row] = await desk.steps.select<{ left: number }>(
      `SELECT 1000 * extract(epoch FROM min(declined_at) + interval '1 hour' - now())::float AS left
       FROM payment_declines WHERE customer_id = $1`,
      [sub],
    );
    // Time has passed on the database's clock.
    expect(retryAfterMs).toBeGreaterThanOrEqual(row?.left ?? Infinity);
    expect(retryAfterMs).toBeLessThan(HOUR_MS - 20 * 60_000);
    expect(await countRows(desk.steps.system.sql)).toEqual(before);
    // Existing keys still get their answers, and the key of the refused order is unused.
    expect(await create(client, replayed)).toMatchObject({ replayed: true });
    const reused = { ...replayed, items: [{ sku: 'jug-milk', quantity: 1 }] };
    expect((await tryCreate(client, reused)).__typename).toBe('IdempotencyKeyReused');
    await age(sub, '40 minutes');
    expect(await create(client)).toMatchObject({ replayed: false });
  });

  test('above the limit refuse orders until fewer than the limit count', async () => {
    const { sub, client } = await newCustomer();
    await desk.steps.select(
      `INSERT INTO payment_declines (customer_id, declined_at, order_id)
       SELECT $1, now() - minutes * interval '1 minute', gen_random_uuid()
       FROM unnest(ARRAY[55, 50, 45, 40, 30]) AS minutes`,
      [sub],
    );
    const { errors = [] } = await ask(client);
    const retryAfterMs = Number(errors[0]?.extensions['retryAfterMs']);
    // The decline of 45 minutes ago must expire before fewer than three are left.
    expect(retryAfterMs).toBeGreaterThan(14 * 60_000);
    expect(retryAfterMs).toBeLessThanOrEqual(15 * 60_000);
  });

  test('do not affect other customers in the same batch', async () => {
    const { sub, client } = await newCustomer();
    await desk.steps.select(
      `INSERT INTO payment_declines (customer_id, order_id) SELECT $1, gen_random_uuid() FROM generate_series(1, $2)`,
      [sub, MAX],
    );
    const others = await Promise.all(Array.from({ length: 5 }, () => newCustomer()));
    const holder = await desk.steps.system.sql.connect();
    await holder.query('BEGIN; LOCK TABLE orders IN SHARE MODE');
    const answers = [client, ...others.map((other) => other.client), client].map(ask);
    await waitFor('a blocked statement', async () => {
      const waiting = await desk.steps.select(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return waiting.length > 0;
    });
    await holder.query('COMMIT');
    holder.release();
    const codes = (await Promise.all(answers)).map(({ errors }) => errors?.[0]?.extensions.code);
    expect(codes).toEqual(['RATE_LIMITED', ...others.map(() => undefined), 'RATE_LIMITED']);
  });

  test('are removed in bounded batches when they no longer count', async () => {
    await desk.steps.select('TRUNCATE payment_declines');
    await desk.steps.select(
      `INSERT INTO payment_declines (customer_id, declined_at, order_id)
       SELECT 'c', now() - minutes * interval '1 minute', gen_random_uuid()
       FROM unnest(ARRAY[59, 61, 62, 63, 0]) AS minutes`,
    );
    const purge = new PurgePaymentDeclines(desk.steps.database, desk.steps.config);
    const left = async () =>
      (
        await desk.steps.select<{ minutes: number }>(
          `SELECT round(extract(epoch FROM now() - declined_at) / 60)::int AS minutes FROM payment_declines ORDER BY 1`,
        )
      ).map(({ minutes }) => minutes);
    expect(await purge.runOnce()).toEqual({ purged: 2 });
    expect(await left()).toEqual([0, 59, 61]);
    expect(await purge.runOnce()).toEqual({ purged: 1 });
    expect(await purge.runOnce()).toEqual({ purged: 0 });
    expect(await left()).toEqual([0, 59]);
  });

  test('are removed by a process with the relay role', async () => {
    await desk.steps.select(
      `INSERT INTO payment_declines (customer_id, declined_at, order_id) VALUES ('old', now() - interval '2 hours', gen_random_uuid())`,
    );
    await desk.steps.system.start({ ROLE: 'relay' });
    await waitFor('the purge', async () => {
      return (await desk.steps.select(`SELECT FROM payment_declines WHERE customer_id = 'old'`)).length === 0;
    });
  });
});
