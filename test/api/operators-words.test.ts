import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ApiClient } from '../support/api-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { rootFields } from '../support/root-fields.js';
import { Desk } from './desk.js';
import {
  cancelledByOperator,
  declined,
  discarded,
  INTERNAL,
  operatorsView,
  readOrder,
  retried,
  WHOLE_ORDER,
  NOTE,
} from './operators-words-support.js';
import { create } from './orders-support.js';

const FOR_OPERATORS = `customerId failure { gatewayCode } events { note actor }`;

describe('the fields of an order for operators', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterAll(() => desk.close());

  const read = (client: ApiClient, id: string, fields: string) => readOrder(client, id, fields);
  const seenByOperator = (id: string) => operatorsView(desk, id);

  test("do not contain a customer's own reason, which the customer can read", async () => {
    const id = await desk.pending();
    await desk.cancel(desk.alice, id, 'Found it cheaper.');
    expect((await seenByOperator(id))?.events).toEqual([
      { version: 1, type: 'ORDER_CREATED', detail: null, note: null, actor: 'customer' },
      { version: 2, type: 'ORDER_CANCELLED', detail: 'Found it cheaper.', note: null, actor: 'customer' },
    ]);
    expect(await read(desk.alice, id, 'events { detail }')).toMatchObject({
      data: { order: { events: [{ detail: null }, { detail: 'Found it cheaper.' }] } },
    });
  });

  test.each([
    ['a reason', NOTE],
    ['no reason', null],
  ])(
    "contain the reason of an operator's cancellation with %s, while detail says that the shop cancelled",
    async (_, reason) => {
      const id = await desk.confirmed();
      await desk.cancel(desk.olga, id, reason);
      expect((await seenByOperator(id))?.events.at(-1)).toEqual({
        version: 4,
        type: 'CANCELLATION_REQUESTED',
        detail: 'The shop cancelled the order.',
        note: reason,
        actor: 'operator:olga',
      });
    },
  );

  test('name an operator as such who cancels their own order', async () => {
    const { id } = (await create(desk.olga)).order;
    await desk.cancel(desk.olga, id, NOTE);
    expect(await seenByOperator(id)).toMatchObject({
      customerId: 'olga',
      events: [{ actor: 'customer' }, { note: NOTE, actor: 'operator:olga' }],
    });
  });

  test('show the note and the actor of each event to operators', async () => {
    expect(await seenByOperator(await declined(desk))).toEqual({
      customerId: 'alice',
      failure: { code: 'card_declined', message: 'Your card was declined.', gatewayCode: 'lost_card' },
      events: [
        { version: 1, type: 'ORDER_CREATED', detail: null, note: null, actor: 'customer' },
        { version: 2, type: 'PAYMENT_STARTED', detail: null, note: null, actor: 'worker' },
        {
          version: 3,
          type: 'PAYMENT_DECLINED',
          detail: 'Your card was declined.',
          note: null,
          actor: 'worker',
        },
      ],
    });
    expect(await seenByOperator(await discarded(desk))).toMatchObject({
      failure: { code: 'given_up', gatewayCode: null },
      events: [
        {},
        {},
        { note: 'Attempt 1 failed: the payment gateway answered 500.', actor: 'worker' },
        { note: 'Attempt 2 failed: the payment gateway answered 500.', actor: 'worker' },
        { note: NOTE, actor: 'operator:olga' },
      ],
    });
  });

  test.each<[string, () => Promise<string>]>([
    ['was declined', () => declined(desk)],
    ['was discarded', () => discarded(desk)],
    ['was retried', () => retried(desk)],
    ['waits for an operator', () => desk.deadCharge()],
    ['was quarantined for a poison job', () => desk.deadBeforeCharge()],
    ['an operator cancelled, with a refund that fails', () => cancelledByOperator(desk)],
  ])('do not reach the customer of an order that %s through any other field', async (_, order) => {
    const id = await order();
    expect(JSON.stringify(await seenByOperator(id))).toMatch(INTERNAL);
    const answer = await read(desk.alice, id, WHOLE_ORDER);
    expect(answer.errors).toBeUndefined();
    expect(JSON.stringify(answer)).not.toMatch(INTERNAL);
    const watch = desk.alice.watch(id, 0);
    const { version = 0 } =
      (
        await desk.alice.send<{ order: { version: number } }>({
          query: `{ order(id: "${id}") { version } }`,
        })
      ).data?.order ?? {};
    await watch.until('the newest event', (event) => event.version === version);
    watch.stop();
    expect(JSON.stringify(watch.events)).not.toMatch(INTERNAL);
    const repeated = await desk.cancel(desk.alice, id);
    expect(JSON.stringify(repeated)).not.toMatch(INTERNAL);
  });

  test('are looked for in every field of an order that a customer may read', () => {
    const forOperators = /customerId|gatewayCode|note|actor|discrepancies/;
    const order = rootFields().get('Query.order')?.type as unknown as {
      getFields(): Record<string, unknown>;
    };
    const names = Object.keys(order.getFields()).filter((name) => !forOperators.test(name));
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(WHOLE_ORDER))).toEqual([]);
  });

  test('are FORBIDDEN to the customer one by one, without affecting the rest of the answer', async () => {
    const id = await declined(desk);
    const { data, errors = [] } = await read(desk.alice, id, `version ${FOR_OPERATORS}`);
    const nothing = { note: null, actor: null };
    expect(data).toEqual({
      order: {
        version: 3,
        customerId: null,
        failure: { gatewayCode: null },
        events: [nothing, nothing, nothing],
      },
    });
    expect(errors).toHaveLength(8);
    for (const { message, extensions } of errors)
      expect([message, extensions]).toEqual(['This is for operators only.', { code: 'FORBIDDEN' }]);
  });

  test('are not shared between a customer and an operator who subscribe with the same document', async () => {
    const id = await discarded(desk);
    const query = `subscription ($id: ID!) { orderEvents(orderId: $id, afterVersion: 4) { version note actor order { customerId } } }`;
    const tokens = [
      await desk.steps.system.token('olga', { roles: ['operator'] }),
      await desk.steps.system.token('alice'),
      await desk.steps.system.token('otto', { roles: ['operator'] }),
    ];
    const sockets = await Promise.all(tokens.map((token) => RawSocket.connect(desk.api.url, token)));
    for (const socket of sockets) socket.subscribe('1', query, { id });
    const [olgas, alices, ottos] = await Promise.all(sockets.map((socket) => socket.message('next', '1')));
    for (const socket of sockets) socket.terminate();
    const expected = { version: 5, note: NOTE, actor: 'operator:olga', order: { customerId: 'alice' } };
    expect(olgas?.payload).toEqual({ data: { orderEvents: expected } });
    expect(ottos?.payload).toEqual(olgas?.payload);
    expect(alices?.payload).toMatchObject({
      data: { orderEvents: { version: 5, note: null, actor: null, order: { customerId: null } } },
      errors: [
        { extensions: { code: 'FORBIDDEN' } },
        { extensions: { code: 'FORBIDDEN' } },
        { extensions: { code: 'FORBIDDEN' } },
      ],
    });
    expect(JSON.stringify(alices)).not.toMatch(INTERNAL);
  });
});
