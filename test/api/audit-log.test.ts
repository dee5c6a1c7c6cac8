import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuditLogQuery } from '../generated/graphql.js';
import { ApiClient } from '../support/api-client.js';
import { CancelOrderDocument, UpsertProductDocument } from '../support/documents.js';
import { AuditLogDocument, RetryAllDeadLettersDocument } from '../support/operator-documents.js';
import { Desk } from './desk.js';
import { create, refusal } from './orders-support.js';

const WHY = 'The customer called.';

describe('the audit log', () => {
  let desk: Desk;
  let otto: ApiClient;

  beforeAll(async () => {
    desk = await Desk.open();
    otto = new ApiClient(desk.api.url, await desk.steps.system.token('otto', { roles: ['operator'] }));
  });

  beforeEach(async () => {
    await desk.steps.select('TRUNCATE audit_log');
  });

  afterAll(() => desk.close());

  async function entries() {
    const { auditLog } = await desk.olga.data(AuditLogDocument, {});
    expect(auditLog.totalCount).toBe(auditLog.edges.length);
    return auditLog.edges.map(({ node: { actor, action, target, reason, detail } }) => ({
      ...{ actor, action, target, reason, detail },
    }));
  }

  test.each([
    ['pending', 'PENDING to CANCELLED'],
    ['processing', 'PAYMENT_PROCESSING to CANCELLING'],
    ['confirmed', 'CONFIRMED to CANCELLING'],
  ] as const)("records an operator's cancellation of an order that is %s once", async (state, change) => {
    const id = await desk[state]();
    for (const reason of [WHY, 'Again.']) await desk.cancel(desk.olga, id, reason);
    await desk.cancel(otto, id);
    const detail = `The order went from ${change}.`;
    expect(await entries()).toEqual([
      { actor: 'olga', action: 'cancelOrder', target: id, reason: WHY, detail },
    ]);
  });

  test("records an operator's cancellation of their own order, and of an order with a dead letter", async () => {
    const own = (await create(desk.olga)).order.id;
    await desk.cancel(desk.olga, own);
    const dead = await desk.deadCharge();
    await desk.cancel(otto, dead, WHY);
    const of = (actor: string, target: string, reason: string | null, change: string) => ({
      ...{ actor, action: 'cancelOrder', target, reason, detail: `The order went from ${change}.` },
    });
    expect(await entries()).toEqual([
      of('otto', dead, WHY, 'PAYMENT_PROCESSING to CANCELLING'),
      of('olga', own, null, 'PENDING to CANCELLED'),
    ]);
  });

  test('records nothing that customers do, and nothing that is refused', async () => {
    const [mine, failed] = [await desk.confirmed(), await desk.failed()];
    await desk.cancel(desk.alice, mine, WHY);
    for (const client of [desk.olga, desk.alice, desk.bob]) await desk.cancel(client, failed, WHY);
    await desk.cancel(desk.olga, randomUUID(), WHY);
    await desk.olga.execute(CancelOrderDocument, { input: { orderId: await desk.pending(), reason: '\0' } });
    await desk.retry(randomUUID());
    await desk.discard(randomUUID());
    expect(await entries()).toEqual([]);
  });

  test.each([
    ['CHARGE', () => desk.deadCharge()],
    ['REFUND', () => desk.deadRefund()],
  ] as const)('records the retry of a %s dead letter once', async (task, dead) => {
    const orderId = await dead();
    const { id } = await desk.deadLetterOf(orderId);
    for (const __typename of ['DeadLetterSuccess', 'DeadLetterNotOpen'])
      expect(await desk.retry(id)).toMatchObject({ __typename });
    const detail = `The ${task} of order ${orderId} was sent back to the queue.`;
    expect(await entries()).toEqual([
      { actor: 'olga', action: 'retryDeadLetter', target: id, reason: null, detail },
    ]);
  });

  test('records each dead letter that retryAllDeadLetters retries', async () => {
    const open = (await desk.list({ first: 100 })).length;
    const orders = [await desk.deadCharge(), await desk.deadBeforeCharge()];
    const letters = await Promise.all(orders.map(async (id) => (await desk.deadLetterOf(id)).id));
    for (const retryAllDeadLetters of [open + 2, 0])
      expect(await otto.data(RetryAllDeadLettersDocument, {})).toEqual({ retryAllDeadLetters });
    const logged = await entries();
    expect(logged).toHaveLength(open + 2);
    for (const [index, target] of letters.entries()) {
      expect(logged.filter((entry) => entry.target === target)).toEqual([
        {
          ...{ actor: 'otto', action: 'retryAllDeadLetters', target, reason: null },
          detail: `The CHARGE of order ${orders[index] ?? ''} was sent back to the queue.`,
        },
      ]);
    }
  });

  test('records a discarded dead letter once with its reason, and none that may not be discarded', async () => {
    const [orderId, held] = [await desk.deadCharge(), await desk.deadChargeWithMoney()];
    const { id } = await desk.deadLetterOf(orderId);
    for (const __typename of ['DeadLetterSuccess', 'DeadLetterNotOpen'])
      expect(await desk.discard(id, WHY)).toMatchObject({ __typename });
    expect(await desk.discard((await desk.deadLetterOf(held)).id, WHY)).toMatchObject({
      __typename: 'DeadLetterNotDiscardable',
    });
    const detail = `Order ${orderId} went from PAYMENT_PROCESSING to PAYMENT_FAILED.`;
    expect(await entries()).toEqual([
      { actor: 'olga', action: 'discardDeadLetter', target: id, reason: WHY, detail },
    ]);
  });

  test('records the creation of a product, and each change with the old and new values', async () => {
    const tea = { sku: 'tea', name: 'Tea', price: { amount: 100, currency: 'EUR' } };
    const inputs = [tea, tea, { ...tea, price: { amount: 250, currency: 'USD' } }];
    for (const input of inputs) await desk.olga.data(UpsertProductDocument, { input });
    await otto.data(UpsertProductDocument, { input: { ...tea, name: 'Thé', active: false } });
    const bad = { ...tea, price: { amount: 0, currency: 'EUR' } };
    await desk.olga.execute(UpsertProductDocument, { input: bad });
    await desk.alice.execute(UpsertProductDocument, { input: tea });
    const of = (actor: string, detail: string) => ({
      ...{ actor, action: 'upsertProduct', target: 'tea', reason: null, detail },
    });
    expect(await entries()).toEqual([
      of(
        'otto',
        'Changed name from "Tea" to "Thé", price (in minor units) from 250 USD to 100 EUR, active from true to false.',
      ),
      of('olga', 'Changed price (in minor units) from 100 EUR to 250 USD.'),
      of('olga', 'Created with name "Tea", price (in minor units) 100 EUR, active true.'),
    ]);
  });

  test('records concurrent changes of one product as a chain without a gap', async () => {
    const prices = Array.from({ length: 12 }, (_, index) => index + 1);
    await Promise.all(
      prices.map((amount, index) =>
        (index % 2 === 0 ? desk.olga : otto).data(UpsertProductDocument, {
          input: { sku: 'rush', name: 'Rush', price: { amount, currency: 'EUR' } },
        }),
      ),
    );
    const rows = await desk.steps.select<{ detail: string }>(
      `SELECT detail FROM audit_log WHERE target = 'rush'`,
    );
    const steps = rows.map(({ detail }) => detail.match(/\d+(?= EUR)/g)?.map(Number) ?? []);
    expect(steps).toHaveLength(prices.length);
    const [last] = await desk.steps.select<{ price: number }>(
      `SELECT unit_amount AS price FROM products WHERE sku = 'rush'`,
    );
    // Each price is set once, and each but the last is replaced once.
    expect(steps.map((step) => step.at(-1) ?? 0).toSorted((a, b) => a - b)).toEqual(prices);
    const left = steps.filter(({ length }) => length === 2).map(([from = 0]) => from);
    expect([...left, last?.price ?? 0].toSorted((a, b) => a - b)).toEqual(prices);
  });

  test('is written in the same transaction as the change', async () => {
    const id = await desk.pending();
    await desk.cancel(desk.olga, id);
    await desk.olga.data(UpsertProductDocument, {
      input: { sku: 'once', name: 'Once', price: { amount: 1, currency: 'EUR' } },
    });
    const [same] = await desk.steps.select<{ cancelled: boolean; created: boolean }>(
      `SELECT (SELECT xmin::text FROM audit_log WHERE target = $1)
           = (SELECT xmin::text FROM order_events WHERE order_id::text = $1 AND version = 2) AS cancelled,
         (SELECT xmin::text FROM audit_log WHERE target = 'once')
           = (SELECT xmin::text FROM products WHERE sku = 'once') AS created`,
      [id],
    );
    expect(same).toEqual({ cancelled: true, created: true });
  });

  test('rolls the change back where its entry cannot be written', async () => {
    const [pending, dead] = [await desk.pending(), await desk.deadBeforeCharge()];
    const { id } = await desk.deadLetterOf(dead);
    await desk.steps.select(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$`,
    );
    await desk.steps.select(
      'CREATE TRIGGER refuse BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse()',
    );
    try {
      const before = [await desk.stored(pending), await desk.stored(dead)];
      await expect(desk.cancel(desk.olga, pending)).rejects.toThrow('INTERNAL_SERVER_ERROR');
      await expect(desk.retry(id)).rejects.toThrow('INTERNAL_SERVER_ERROR');
      await expect(desk.discard(id)).rejects.toThrow('INTERNAL_SERVER_ERROR');
      const input = { sku: 'never', name: 'Never', price: { amount: 1, currency: 'EUR' } };
      const answer = await desk.olga.execute(UpsertProductDocument, { input });
      expect(refusal(answer).code).toBe('INTERNAL_SERVER_ERROR');
      expect([await desk.stored(pending), await desk.stored(dead)]).toEqual(before);
      expect(await desk.steps.select(`SELECT FROM products WHERE sku = 'never'`)).toEqual([]);
    } finally {
      await desk.steps.select('DROP TRIGGER refuse ON audit_log');
      await desk.steps.select('DROP FUNCTION refuse');
    }
  });

  test('is listed newest first, on pages of any size', async () => {
    const targets: string[] = [];
    for (let count = 0; count < 5; count += 1) targets.unshift(await desk.pending());
    for (const target of targets.toReversed()) await desk.cancel(desk.olga, target);
    const seen: string[] = [];
    let after: string | null = null;
    for (let page = 1; page <= 3; page += 1) {
      const { auditLog }: AuditLogQuery = await desk.olga.data(AuditLogDocument, { first: 2, after });
      expect(auditLog.totalCount).toBe(5);
      expect(auditLog.pageInfo).toMatchObject({ hasNextPage: page < 3, hasPreviousPage: page > 1 });
      seen.push(...auditLog.edges.map(({ node }) => node.target));
      after = auditLog.pageInfo.endCursor;
    }
    expect(seen).toEqual(targets);
    const foreign = Buffer.from(`order:${randomUUID()}`).toString('base64url');
    for (const variables of [{ first: 0 }, { first: 101 }, { after: foreign }])
      expect(refusal(await desk.olga.execute(AuditLogDocument, variables)).code).toBe('BAD_USER_INPUT');
  });
});
