import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DeadLetterQueries } from '../../src/dead-letters/dead-letter-queries.js';
import { DiscardCheck } from '../../src/dead-letters/discard-check.js';
import { DeadLetterCommands } from '../../src/dead-letters/dead-letter-commands.js';
import { RelayWakeUp } from '../../src/outbox/relay-wake-up.js';
import type { PaymentGateway } from '../../src/payments/payment-gateway.js';
import { Desk } from './desk.js';

const REASON = 'The customer was called.';

describe('fault 20: a dead letter is discarded while others go on', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterAll(() => desk.close());

  /** Decisions in this process, with a gateway that can be watched. */
  function decisionsWith(gateway: Partial<PaymentGateway>): DeadLetterCommands {
    const { steps } = desk;
    const letters = new DeadLetterQueries(steps.database);
    const discardCheck = new DiscardCheck(steps.database, steps.gatewayWith(gateway));
    const news = steps.app.get(RelayWakeUp, { strict: false });
    return new DeadLetterCommands(letters, steps.transitions, discardCheck, news);
  }

  /** A worker that has prepared the payment and not stored it, and the order's dead letter. */
  async function zombie() {
    const id = await desk.pending();
    let wake: () => void = () => undefined;
    const sleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let reached: () => void = () => undefined;
    const asleep = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const gateway = desk.steps.gatewayWith({
      createPaymentIntent: async (input) => {
        const made = await desk.steps.gateway.createPaymentIntent(input);
        reached();
        await sleep;
        return made;
      },
    });
    const ended = desk.steps.chargeOrder({ gateway }).run(id);
    await asleep;
    await desk.setAside(id);
    const letter = await desk.deadLetterOf(id);
    return {
      id,
      discard: { id: letter.id, by: 'olga', reason: REASON },
      goOn: async () => {
        wake();
        await ended;
      },
    };
  }

  test('a worker that lost its lock takes no money after the order was given up', async () => {
    const { id, discard: request, goOn } = await zombie();
    expect((await decisionsWith({}).discard(request)).kind).toBe('settled');
    await goOn();
    expect(await desk.steps.status(id)).toBe('PAYMENT_FAILED');
    expect(await desk.steps.captures(id)).toBe(0);
  });

  test('the money of a worker that goes on just before the gateway is asked is seen', async () => {
    const { id, discard: request, goOn } = await zombie();
    const decisions = decisionsWith({
      createPaymentIntent: async (input) => {
        await goOn();
        return desk.steps.gateway.createPaymentIntent(input);
      },
    });
    expect(await decisions.discard(request)).toEqual({
      kind: 'not-discardable',
      why: expect.stringContaining('holds money') as unknown,
    });
    expect(await desk.steps.captures(id)).toBe(1);
    expect(await desk.deadLetterOf(id)).toMatchObject({ state: 'OPEN' });
    await desk.retry(request.id);
    await desk.steps.chargeToEnd(id);
    expect(await desk.steps.status(id)).toBe('CONFIRMED');
  });

  test("a worker takes no money between the gateway's answer and the decision", async () => {
    const { id, discard: request, goOn } = await zombie();
    const decisions = decisionsWith({
      cancelPaymentIntent: async (paymentIntentId) => {
        const cancelled = await desk.steps.gateway.cancelPaymentIntent(paymentIntentId);
        await goOn();
        return cancelled;
      },
    });
    expect((await decisions.discard(request)).kind).toBe('settled');
    expect(await desk.steps.status(id)).toBe('PAYMENT_FAILED');
    expect(await desk.steps.captures(id)).toBe(0);
  });

  test('a cancellation that comes in between is seen, and nothing is given up', async () => {
    const { id, discard: request, goOn } = await zombie();
    const decisions = decisionsWith({
      cancelPaymentIntent: async (paymentIntentId) => {
        await desk.cancel(desk.alice, id);
        return desk.steps.gateway.cancelPaymentIntent(paymentIntentId);
      },
    });
    expect(await decisions.discard(request)).toEqual({ kind: 'not-open', state: 'DISCARDED' });
    await goOn();
    await desk.steps.refundToEnd(id);
    expect(await desk.steps.status(id)).toBe('CANCELLED');
    expect(await desk.deadLetterOf(id)).toMatchObject({ reason: 'The order was cancelled.' });
    expect(await desk.steps.captures(id)).toBe(0);
  });
});
