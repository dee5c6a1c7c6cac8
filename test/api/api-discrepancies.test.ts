import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { PaymentDiscrepanciesQueryVariables } from '../generated/graphql.js';
import type { ApiClient, GraphQLAnswer } from '../support/api-client.js';
import {
  OrderDiscrepanciesDocument,
  PaymentDiscrepanciesDocument,
  ResolvePaymentDiscrepancyDocument,
} from '../support/discrepancy-documents.js';
import { Desk } from './desk.js';
import { discrepanciesOf, discrepancyWith, pageOf, storeDiscrepancy } from './discrepancies-support.js';
import { refusal } from './orders-support.js';

const UNKNOWN = '0190a5ad-0000-7000-8000-00000000000a';
const SOME_TIME: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** Ids grow with time, by the millisecond. */
const newestFirst = (ids: readonly string[]) => ids.toSorted().toReversed();

describe('payment discrepancies', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterAll(() => desk.close());

  test.each<[string, (client: ApiClient) => Promise<GraphQLAnswer<unknown>>]>([
    ['paymentDiscrepancies', (client) => client.execute(PaymentDiscrepanciesDocument, {})],
    [
      'resolvePaymentDiscrepancy',
      (client) =>
        client.execute(ResolvePaymentDiscrepancyDocument, { id: UNKNOWN, action: 'ACCEPT', reason: 'x' }),
    ],
  ])('%s is for operators only', async (_, ask) => {
    const answer = await ask(desk.alice);
    expect(answer.data ?? null).toBeNull();
    expect(answer.errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'FORBIDDEN' }]);
    expect((await ask(desk.olga)).errors).toBeUndefined();
  });

  test('show the order as it is now, what is expected and what was found', async () => {
    const orderId = await desk.confirmed();
    const id = await storeDiscrepancy(desk.steps, {
      ...{ kind: 'AMOUNT_MISMATCH', paymentId: 'pi_shown', orderId },
    });
    const shown = {
      id,
      kind: 'AMOUNT_MISMATCH',
      state: 'OPEN',
      order: { id: orderId, status: 'CONFIRMED', version: 3 },
      gatewayPaymentId: 'pi_shown',
      expected: { amount: 1_980, currency: 'EUR' },
      found: { amount: 1_250, currency: 'EUR' },
      detail: 'The books differ from the order.',
      detectedAt: SOME_TIME,
      resolvedAt: null,
      resolvedBy: null,
      reason: null,
    };
    expect(await discrepancyWith(desk.olga, id)).toEqual(shown);
    const orphan = await storeDiscrepancy(desk.steps, { kind: 'ORPHAN_PAYMENT' });
    expect(await discrepancyWith(desk.olga, orphan)).toMatchObject({ order: null, expected: null });
  });

  describe('of an order', () => {
    test('are listed newest first, open ones and others, and no other order has them', async () => {
      const [orderId, other] = [await desk.confirmed(), await desk.confirmed()];
      const ids: string[] = [];
      for (const [kind, state] of [
        ['DISPUTED', 'RESOLVED'],
        ['REFUNDED_OUTSIDE', 'OPEN'],
      ] as const)
        ids.push(await storeDiscrepancy(desk.steps, { kind, state, orderId }));
      const otherId = await storeDiscrepancy(desk.steps, { kind: 'DISPUTED', orderId: other });
      const listed = await discrepanciesOf(desk.olga, orderId);
      expect(listed.map(({ id }) => id)).toEqual(newestFirst(ids));
      expect(listed[0]).toEqual(await discrepancyWith(desk.olga, listed[0]?.id ?? ''));
      expect((await discrepanciesOf(desk.olga, other)).map(({ id }) => id)).toEqual([otherId]);
      expect(await discrepanciesOf(desk.olga, await desk.pending())).toEqual([]);
    });

    test('are the newest 20', async () => {
      const orderId = await desk.confirmed();
      const ids: string[] = [];
      for (let count = 0; count < 21; count += 1)
        ids.push(await storeDiscrepancy(desk.steps, { kind: 'DISPUTED', orderId }));
      expect((await discrepanciesOf(desk.olga, orderId)).map(({ id }) => id)).toEqual(
        newestFirst(ids).slice(0, 20),
      );
    });

    test('are FORBIDDEN to its customer, whether it has any or not', async () => {
      const [disputed, other] = [await desk.confirmed(), await desk.confirmed()];
      await storeDiscrepancy(desk.steps, { kind: 'DISPUTED', orderId: disputed });
      for (const id of [disputed, other]) {
        const answer = await desk.alice.execute(OrderDiscrepanciesDocument, { id });
        expect(answer.data).toEqual({ order: { discrepancies: null } });
        expect(answer.errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'FORBIDDEN' }]);
      }
    });
  });

  describe('in the list', () => {
    test('are newest first on pages of any size, only open ones by default, all with state null', async () => {
      const ids: string[] = [];
      for (const state of ['OPEN', 'RESOLVED', 'OPEN'] as const)
        ids.push(await storeDiscrepancy(desk.steps, { kind: 'ORPHAN_PAYMENT', state }));
      const all = await pageOf(desk.olga, { state: null, first: 100 });
      expect(all.edges.slice(0, 3).map(({ node }) => node.id)).toEqual(newestFirst(ids));
      expect(all.totalCount).toBe(all.edges.length);
      const open = await pageOf(desk.olga, { first: 100 });
      expect(open.edges).toEqual(all.edges.filter(({ node }) => node.state === 'OPEN'));
      expect(open.totalCount).toBe(open.edges.length);
      const resolved = await pageOf(desk.olga, { state: 'RESOLVED', first: 1 });
      expect(resolved.edges.map(({ node }) => node.id)).toEqual([ids[1]]);

      const walked = [];
      for (let after: string | null = null, more = true; more;) {
        const { edges, pageInfo } = await pageOf(desk.olga, { state: null, first: 2, after });
        expect(pageInfo.hasPreviousPage).toBe(after !== null);
        walked.push(...edges);
        more = pageInfo.hasNextPage;
        after = pageInfo.endCursor ?? null;
      }
      expect(walked).toEqual(all.edges);
    });

    test.each<[string, PaymentDiscrepanciesQueryVariables, string]>([
      ['a page of 0 entries', { first: 0 }, 'first'],
      ['a page of 101 entries', { first: 101 }, 'first'],
      ['garbage as a cursor', { after: 'garbage' }, 'after'],
      [
        "another list's cursor",
        { after: Buffer.from(`order:${randomUUID()}`).toString('base64url') },
        'after',
      ],
    ])('are refused for %s', async (_, variables, field) => {
      const answer = await desk.olga.execute(PaymentDiscrepanciesDocument, variables);
      expect(refusal(answer)).toEqual({
        code: 'BAD_USER_INPUT',
        violations: [{ field, message: expect.any(String) as unknown }],
      });
    });
  });
});
