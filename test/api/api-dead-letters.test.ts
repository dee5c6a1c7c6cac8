import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DeadLettersQueryVariables } from '../generated/graphql.js';
import type { ApiClient, GraphQLAnswer } from '../support/api-client.js';
import { OrderDocument } from '../support/documents.js';
import {
  DeadLettersDocument,
  DiscardDeadLetterDocument,
  RetryAllDeadLettersDocument,
  RetryDeadLetterDocument,
  SystemStatusDocument,
} from '../support/operator-documents.js';
import { Desk } from './desk.js';
import { refusal } from './orders-support.js';

const NOT_FOUND = {
  __typename: 'DeadLetterNotFound',
  code: 'DEAD_LETTER_NOT_FOUND',
  message: 'There is no such dead letter.',
};
const UNKNOWN = '0190a5ad-0000-7000-8000-00000000000a';
const SOME_TIME: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe('dead letters', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterAll(() => desk.close());

  test.each<[string, (client: ApiClient) => Promise<GraphQLAnswer<unknown>>]>([
    ['deadLetters', (client) => client.execute(DeadLettersDocument, {})],
    ['retryDeadLetter', (client) => client.execute(RetryDeadLetterDocument, { id: UNKNOWN })],
    ['retryAllDeadLetters', (client) => client.execute(RetryAllDeadLettersDocument, {})],
    [
      'discardDeadLetter',
      (client) => client.execute(DiscardDeadLetterDocument, { id: UNKNOWN, reason: 'x' }),
    ],
    ['systemStatus', (client) => client.execute(SystemStatusDocument, {})],
  ])('%s is for operators only', async (_, ask) => {
    const answer = await ask(desk.alice);
    expect(answer.data ?? null).toBeNull();
    expect(answer.errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'FORBIDDEN' }]);
    expect((await ask(desk.olga)).errors).toBeUndefined();
  });

  test('fault 26: a charge with its attempts used up opens one dead letter, which an operator can see and retry', async () => {
    const id = await desk.deadCharge();
    const letter = await desk.deadLetterOf(id);
    expect(letter).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      order: { id, status: 'PAYMENT_PROCESSING', version: 4 },
      task: 'CHARGE',
      state: 'OPEN',
      attempts: 2,
      error: 'Attempt 2 failed: the payment gateway answered 500.',
      createdAt: SOME_TIME,
      resolvedAt: null,
      resolvedBy: null,
      reason: null,
    });
    // The gateway works again, but the order waits for the operator.
    await desk.steps.chargeToEnd(id);
    expect(await desk.steps.status(id)).toBe('PAYMENT_PROCESSING');

    expect(await desk.retry(letter.id)).toEqual({
      __typename: 'DeadLetterSuccess',
      deadLetter: {
        ...letter,
        order: { id, status: 'PAYMENT_PROCESSING', version: 5 },
        state: 'RETRIED',
        resolvedAt: SOME_TIME,
        resolvedBy: 'olga',
      },
    });
    expect((await desk.alice.data(OrderDocument, { id })).order?.events.at(-1)).toMatchObject({
      type: 'DEAD_LETTER_RETRIED',
      detail: 'An operator sent the work back to the queue.',
    });
    await desk.steps.chargeToEnd(id);
    expect(await desk.steps.status(id)).toBe('CONFIRMED');
    expect(await desk.steps.captures(id)).toBe(1);
    expect(await desk.steps.select('SELECT FROM dead_letters WHERE order_id = $1', [id])).toHaveLength(1);
  });

  test('fault 26: a retried charge gets new attempts, and opens another dead letter when they are used up', async () => {
    const id = await desk.deadCharge();
    const first = await desk.deadLetterOf(id);
    await desk.retry(first.id);
    await desk.during({ kind: 'http_500', endpoint: 'payment_intents.confirm' }, () =>
      desk.steps.chargeToEnd(id),
    );
    const second = await desk.deadLetterOf(id);
    expect(second).toMatchObject({ state: 'OPEN', attempts: 4 });
    expect(second.id).not.toBe(first.id);
    expect(await desk.retry(first.id)).toMatchObject({ __typename: 'DeadLetterNotOpen', state: 'RETRIED' });
    await desk.retry(second.id);
    await desk.steps.chargeToEnd(id);
    expect(await desk.steps.status(id)).toBe('CONFIRMED');
  });

  test.each<[string, () => Promise<string>]>([
    ['the payment was prepared', () => desk.deadCharge()],
    ['the payment could not be prepared', () => desk.deadCharge('payment_intents.create')],
    ['the payment succeeded but its answer was lost', () => desk.deadChargeWithMoney()],
  ])(
    'fault 27: retried after the gateway forgot its idempotency keys, where %s: one capture',
    async (_, dead) => {
      const id = await dead();
      await desk.steps.sandbox.call('DELETE', 'idempotency');
      await desk.retry((await desk.deadLetterOf(id)).id);
      await desk.steps.chargeToEnd(id);
      expect(await desk.steps.status(id)).toBe('CONFIRMED');
      expect(await desk.steps.sandbox.order(id)).toMatchObject({ captures: 1, captured: 1_980, refunded: 0 });
    },
  );

  test('fault 27: a refund retried after the gateway forgot its idempotency keys is made once', async () => {
    const id = await desk.cancelling();
    await desk.during({ kind: 'charged_then_timeout', endpoint: 'refunds.create', count: 1 }, () =>
      desk.steps.refundOrder().run(id),
    );
    await desk.during({ kind: 'http_500', endpoint: 'refunds.list' }, () => desk.steps.refundToEnd(id));
    await desk.steps.sandbox.call('DELETE', 'idempotency');
    const letter = await desk.deadLetterOf(id);
    expect(letter).toMatchObject({ task: 'REFUND', state: 'OPEN' });
    await desk.retry(letter.id);
    await desk.steps.refundToEnd(id);
    expect(await desk.steps.status(id)).toBe('CANCELLED');
    expect(await desk.steps.sandbox.order(id)).toMatchObject({ captures: 1, refunds: 1, refunded: 1_980 });
  });

  test.each<[string, () => Promise<string>, string]>([
    ['charge', () => desk.deadCharge(), 'CHARGE_ORDER'],
    ['charge that never began', () => desk.deadBeforeCharge(), 'CHARGE_ORDER'],
    ['refund', () => desk.deadRefund(), 'REFUND_ORDER'],
  ])('retryDeadLetter of a %s adds one outbox message for its task', async (_, dead, kind) => {
    const id = await dead();
    const { id: letterId } = await desk.deadLetterOf(id);
    const messages = async () =>
      (
        await desk.steps.select<{ kind: string }>(
          'SELECT kind FROM outbox_messages WHERE order_id = $1 ORDER BY id',
          [id],
        )
      ).map((message) => message.kind);
    const before = await messages();
    await desk.retry(letterId);
    const after = await desk.stored(id);
    expect(await messages()).toEqual([...before, kind]);
    expect(await desk.retry(letterId)).toEqual({
      __typename: 'DeadLetterNotOpen',
      code: 'DEAD_LETTER_NOT_OPEN',
      message: 'The dead letter is RETRIED already.',
      state: 'RETRIED',
    });
    expect(await desk.discard(letterId)).toMatchObject({ __typename: 'DeadLetterNotOpen', state: 'RETRIED' });
    expect(await desk.stored(id)).toEqual(after);
  });

  test('ten concurrent retries of one dead letter retry it once', async () => {
    const id = await desk.deadCharge();
    const letter = await desk.deadLetterOf(id);
    const answers = await Promise.all(Array.from({ length: 10 }, () => desk.retry(letter.id)));
    const kinds = answers.map(({ __typename }) => __typename).toSorted();
    expect(kinds).toEqual([...Array.from({ length: 9 }, () => 'DeadLetterNotOpen'), 'DeadLetterSuccess']);
    expect((await desk.steps.history(id)).filter((type) => type === 'DEAD_LETTER_RETRIED')).toHaveLength(1);
  });

  test.each(['', 'x', 'a\0b', "' OR 1=1 --", UNKNOWN, UNKNOWN.toUpperCase()])(
    'retryDeadLetter and discardDeadLetter return DeadLetterNotFound for the id %j',
    async (id) => {
      expect(await desk.retry(id)).toEqual(NOT_FOUND);
      expect(await desk.discard(id)).toEqual(NOT_FOUND);
    },
  );

  describe('in the list', () => {
    const connection = async (variables: DeadLettersQueryVariables = {}) =>
      (await desk.olga.data(DeadLettersDocument, variables)).deadLetters;

    test('are newest first on pages of any size, only open ones by default, all with state null', async () => {
      const orders = [];
      for (let count = 0; count < 3; count += 1) orders.unshift(await desk.deadBeforeCharge());
      const { id: retried } = await desk.deadLetterOf(orders[1] ?? '');
      await desk.retry(retried);

      const all = await connection({ state: null, first: 100 });
      expect(all.edges.slice(0, 3).map(({ node }) => [node.order.id, node.state])).toEqual([
        [orders[0], 'OPEN'],
        [orders[1], 'RETRIED'],
        [orders[2], 'OPEN'],
      ]);
      expect(all.totalCount).toBe(all.edges.length);
      const open = await connection();
      expect(open.edges.map(({ node }) => node)).toEqual(
        all.edges.map(({ node }) => node).filter(({ state }) => state === 'OPEN'),
      );
      expect(open.totalCount).toBe(open.edges.length);
      expect((await desk.list({ state: 'RETRIED', first: 1 }))[0]?.id).toBe(retried);

      const walked = [];
      for (let after: string | null = null, more = true; more;) {
        const { edges, pageInfo } = await connection({ state: null, first: 2, after });
        expect(pageInfo.hasPreviousPage).toBe(after !== null);
        walked.push(...edges.map(({ node }) => node));
        more = pageInfo.hasNextPage;
        after = pageInfo.endCursor ?? null;
      }
      expect(walked).toEqual(all.edges.map(({ node }) => node));
    });

    test.each<[string, DeadLettersQueryVariables, string]>([
      ['a page of 0 entries', { first: 0 }, 'first'],
      ['a page of 101 entries', { first: 101 }, 'first'],
      ['garbage as a cursor', { after: 'garbage' }, 'after'],
      ["another list's cursor", { after: Buffer.from(`order:${UNKNOWN}`).toString('base64url') }, 'after'],
    ])('are refused for %s', async (_, variables, field) => {
      const answer = await desk.olga.execute(DeadLettersDocument, variables);
      expect(refusal(answer)).toEqual({
        code: 'BAD_USER_INPUT',
        violations: [{ field, message: expect.any(String) as unknown }],
      });
    });
  });
});
