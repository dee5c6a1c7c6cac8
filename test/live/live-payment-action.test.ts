import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Desk } from '../api/desk.js';
import { CompletePaymentActionDocument, PayOrderDocument } from '../support/payment-documents.js';
import { RawSocket } from '../support/raw-socket.js';
import { waitFor } from '../support/wait-for.js';

/** One text for all: events are rendered once for all subscribers who may see the same. */
const WATCH = `subscription ($id: ID!) { orderEvents(orderId: $id, afterVersion: 0) {
  version type status order { status payable cancellable delay { waitsForOperator }
    paymentAction { clientSecret expiresAt } } } }`;
const NEEDS_CUSTOMER = 'pm_card_threeDSecure2Required';
const SECRET = expect.stringMatching(/^pi_\w+_secret_\w+$/) as unknown;

interface Seen {
  readonly version: number;
  readonly type: string;
  readonly status: string;
  readonly order: {
    readonly status: string;
    readonly payable: boolean;
    readonly cancellable: boolean;
    readonly delay: object | null;
    readonly paymentAction: object | null;
  };
}

describe('subscribers of an order that needs its customer', () => {
  let desk: Desk;
  const sockets: RawSocket[] = [];

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
  });

  afterAll(() => desk.close());

  async function watch(id: string, sub: string, roles: string[] = []): Promise<RawSocket> {
    const token = await desk.steps.system.token(sub, { roles });
    const socket = await RawSocket.connect(desk.api.url, token);
    sockets.push(socket);
    socket.subscribe('1', WATCH, { id });
    return socket;
  }

  const seenBy = (socket: RawSocket): Seen[] =>
    socket.messages
      .filter(({ type }) => type === 'next')
      .map(({ payload }) => (payload as { data: { orderEvents: Seen } }).data.orderEvents);

  async function untilEvent(socket: RawSocket, type: string): Promise<Seen> {
    return waitFor(type, () => seenBy(socket).findLast((event) => event.type === type));
  }

  const isCompleted = (socket: RawSocket) => socket.messages.some(({ type }) => type === 'complete');

  test('see the action where they are its customer, and null where they are operators', async () => {
    const id = await desk.pending(NEEDS_CUSTOMER);
    const alice = [await watch(id, 'alice'), await watch(id, 'alice')];
    // An event's text is rendered for the first of them.
    const operators = [
      await watch(id, 'alice', ['operator']),
      await watch(id, 'olga', ['operator']),
      await watch(id, 'otto', ['operator']),
    ];
    for (const socket of operators) await socket.message('next');
    const bob = await watch(id, 'bob');
    await bob.message('complete');
    await desk.steps.chargeToEnd(id);
    const action = { clientSecret: SECRET, expiresAt: expect.any(String) as unknown };
    const waiting = { status: 'REQUIRES_ACTION', payable: false, cancellable: true, delay: null };
    for (const socket of alice) {
      const { order } = await untilEvent(socket, 'PAYMENT_ACTION_REQUIRED');
      expect(order).toEqual({ ...waiting, paymentAction: action });
    }
    for (const socket of operators) {
      const { order } = await untilEvent(socket, 'PAYMENT_ACTION_REQUIRED');
      expect(order).toEqual({ ...waiting, paymentAction: null });
    }
    for (const socket of [...operators, bob])
      expect(JSON.stringify(socket.messages)).not.toContain('_secret_');
  });

  test('follow it through a failed payment and the next one, until it is CANCELLED', async () => {
    const id = await desk.pending(NEEDS_CUSTOMER);
    const socket = await watch(id, 'alice');
    await desk.steps.chargeToEnd(id);
    await untilEvent(socket, 'PAYMENT_ACTION_REQUIRED');
    await desk.steps.sandbox.answerBank(await desk.paymentIntentId(id), 'failed');
    await desk.alice.data(CompletePaymentActionDocument, { orderId: id });
    await desk.steps.chargeToEnd(id);
    const failed = await untilEvent(socket, 'PAYMENT_DECLINED');
    expect(failed.order).toMatchObject({ payable: true, cancellable: false, paymentAction: null });
    // One that begins now is not completed either.
    const late = await watch(id, 'alice');
    await untilEvent(late, 'PAYMENT_DECLINED');
    const input = { orderId: id, idempotencyKey: randomUUID(), paymentMethod: 'pm_card_visa' };
    await desk.alice.data(PayOrderDocument, { input });
    await desk.steps.chargeToEnd(id);
    for (const each of [socket, late]) {
      const { order } = await untilEvent(each, 'PAYMENT_SUCCEEDED');
      expect(order).toMatchObject({ status: 'CONFIRMED', payable: false, cancellable: true });
      expect(isCompleted(each)).toBe(false);
    }
    await desk.cancel(desk.alice, id);
    await desk.steps.refundToEnd(id);
    for (const each of [socket, late]) {
      await each.message('complete', '1');
      const events = seenBy(each);
      expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
      expect(events.map(({ type }) => type)).toEqual([
        ...['ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_ACTION_REQUIRED', 'PAYMENT_DECLINED'],
        ...['PAYMENT_REQUESTED', 'PAYMENT_STARTED', 'PAYMENT_SUCCEEDED'],
        ...['CANCELLATION_REQUESTED', 'REFUND_SUCCEEDED', 'ORDER_CANCELLED'],
      ]);
    }
  });

  test('see the delay of a payment that is tried again, and that it is over', async () => {
    const id = await desk.pending();
    const socket = await watch(id, 'alice');
    await desk.during({ kind: 'http_429', endpoint: 'payment_intents.confirm' }, () =>
      desk.steps.chargeOrder().run(id),
    );
    const late = await untilEvent(socket, 'PAYMENT_ATTEMPT_FAILED');
    expect(late.order.delay).toEqual({ waitsForOperator: false });
    await desk.steps.chargeToEnd(id);
    expect((await untilEvent(socket, 'PAYMENT_SUCCEEDED')).order.delay).toBeNull();
  });
});
