import { buildPreparePayment } from '../../src/payments/build-tasks.js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DeadLetterQueries } from '../../src/dead-letters/dead-letter-queries.js';
import { DiscardCheck } from '../../src/dead-letters/discard-check.js';
import { DeadLetterCommands } from '../../src/dead-letters/dead-letter-commands.js';
import { RelayWakeUp } from '../../src/outbox/relay-wake-up.js';
import type { PaymentGateway } from '../../src/payments/payment-gateway.js';
import { Desk } from './desk.js';

const REASON = 'The customer was called.';

describe('fault 20: discardDeadLetter while a late worker or a cancellation continues', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterAll(() => desk.close());

  /** Dead-letter commands in this process, with some of the gateway's calls replaced. */
  function commandsWith(gateway: Partial<PaymentGateway>): DeadLetterCommands {
    const { steps } = desk;
    const letters = new DeadLetterQueries(steps.database);
    const parts = steps.taskParts({ gateway: steps.gatewayWith(gateway) });
    const discardCheck = new DiscardCheck(steps.database, parts.gateway, buildPreparePayment(parts));
    const wakeUp = steps.app.get(RelayWakeUp, { strict: false });
    return new DeadLetterCommands(letters, steps.transitions, discardCheck, wakeUp);
  }

  /** A worker paused after it created the PaymentIntent, before it stores the id; the order has a dead letter. */
  async function pausedWorker() {
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
    await desk.quarantine(id);
    const letter = await desk.deadLetterOf(id);
    return {
      id,
      discard: { id: letter.id, by: 'olga', reason: REASON },
      resume: async () => {
        wake();
        await ended;
      },
    };
  }

  test('a worker that lost its lock takes no money after the discard', async () => {
    const { id, discard: request, resume } = await pausedWorker();
    expect((await commandsWith({}).discard(request)).kind).toBe('settled');
    await resume();
    expect(await desk.steps.status(id)).toBe('PAYMENT_FAILED');
    expect(await desk.steps.captures(id)).toBe(0);
  });

  test('a discard is refused where a late worker charges just before the discard check', async () => {
    const { id, discard: request, resume } = await pausedWorker();
    const commands = commandsWith({
      createPaymentIntent: async (input) => {
        await resume();
        return desk.steps.gateway.createPaymentIntent(input);
      },
    });
    expect(await commands.discard(request)).toEqual({
      kind: 'not-discardable',
      why: expect.stringContaining('holds money') as unknown,
    });
    expect(await desk.steps.captures(id)).toBe(1);
    expect(await desk.deadLetterOf(id)).toMatchObject({ state: 'OPEN' });
    await desk.retry(request.id);
    await desk.steps.chargeToEnd(id);
    expect(await desk.steps.status(id)).toBe('CONFIRMED');
  });

  test("a late worker takes no money between the gateway's answer and the discard", async () => {
    const { id, discard: request, resume } = await pausedWorker();
    const commands = commandsWith({
      cancelPaymentIntent: async (paymentIntentId) => {
        const cancelled = await desk.steps.gateway.cancelPaymentIntent(paymentIntentId);
        await resume();
        return cancelled;
      },
    });
    expect((await commands.discard(request)).kind).toBe('settled');
    expect(await desk.steps.status(id)).toBe('PAYMENT_FAILED');
    expect(await desk.steps.captures(id)).toBe(0);
  });

  test('a discard does nothing where a cancellation comes during the discard check', async () => {
    const { id, discard: request, resume } = await pausedWorker();
    const commands = commandsWith({
      cancelPaymentIntent: async (paymentIntentId) => {
        await desk.cancel(desk.alice, id);
        return desk.steps.gateway.cancelPaymentIntent(paymentIntentId);
      },
    });
    expect(await commands.discard(request)).toEqual({ kind: 'not-open', state: 'DISCARDED' });
    await resume();
    await desk.steps.refundToEnd(id);
    expect(await desk.steps.status(id)).toBe('CANCELLED');
    expect(await desk.deadLetterOf(id)).toMatchObject({ reason: 'The order was cancelled.' });
    expect(await desk.steps.captures(id)).toBe(0);
  });
});
