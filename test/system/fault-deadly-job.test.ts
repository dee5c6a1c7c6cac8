import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DeadLetterCommands } from '../../src/dead-letters/dead-letter-commands.js';
import { waitFor } from '../support/wait-for.js';
import { WorkerDrill } from '../support/worker-drill.js';

/** More often than the queue's handler bears (DEATHS_AT_MOST). */
const DEATHS = 6;
/** They do their work, and never answer. */
const ENDPOINTS = ['payment_intents.confirm', 'payment_intents.retrieve'];

describe("fault 21: a job's worker is killed again and again", () => {
  let drill: WorkerDrill;
  let orderId: string;

  beforeEach(async () => {
    drill = await WorkerDrill.open();
  });

  afterEach(async () => {
    await drill.close();
  });

  /** Each worker takes the job up and is killed over it; the first one when the money has moved. */
  async function killWorkers(deaths: number): Promise<void> {
    const { sandbox } = drill.steps;
    const asked = async () => {
      const requests = await sandbox.requests(`?order=${orderId}`);
      return ENDPOINTS.reduce((sum, endpoint) => sum + (requests[endpoint] ?? 0), 0);
    };
    for (const endpoint of ENDPOINTS) await sandbox.addFault({ kind: 'charged_then_timeout', endpoint });
    orderId = await drill.queuedOrder();
    for (let death = 1; death <= deaths; death += 1) {
      const before = await asked();
      const worker = await drill.worker();
      await waitFor('its question', async () => (await asked()) > before);
      await worker.stop('SIGKILL');
    }
    await sandbox.clearFaults();
    expect(await drill.effects(orderId)).toMatchObject({ status: 'PAYMENT_PROCESSING', captures: 1 });
  }

  async function deadLetters(): Promise<unknown[]> {
    return drill.steps.select('SELECT task, state, attempts, error FROM dead_letters WHERE order_id = $1', [
      orderId,
    ]);
  }

  /** As an operator does it. */
  async function retryDeadLetter(): Promise<void> {
    const api = await drill.steps.system.start({ ROLE: 'api' });
    const [letter] = await drill.steps.select<{ id: string }>('SELECT id::text AS id FROM dead_letters');
    const decisions = api.app.get(DeadLetterCommands, { strict: false });
    expect(await decisions.retry(letter?.id ?? '', 'olivia')).toMatchObject({ kind: 'settled' });
    await drill.relay();
  }

  test('less often than is borne: the next one confirms the order', async () => {
    await killWorkers(2);
    await drill.worker();
    await drill.untilStatus(orderId, 'CONFIRMED');
    expect(await deadLetters()).toEqual([]);
    expect(await drill.effects(orderId)).toMatchObject({ captures: 1, refunds: 0 });
  }, 60_000);

  test('more often: one open dead letter; retried, the order is CONFIRMED with one capture', async () => {
    await killWorkers(DEATHS);
    const worker = await drill.worker();
    const history = ['ORDER_CREATED', 'PAYMENT_STARTED', 'DEAD_LETTERED'];
    await drill.untilLastEvent(orderId, 'DEAD_LETTERED');
    await drill.untilQueueIsEmpty();
    const letter = {
      task: 'CHARGE',
      state: 'OPEN',
      attempts: expect.any(Number),
      error: expect.stringMatching(/^Its worker died \d times\.$/),
    };
    expect(await deadLetters()).toEqual([letter]);
    expect(await drill.effects(orderId)).toMatchObject({
      status: 'PAYMENT_PROCESSING',
      history,
      captures: 1,
    });

    await retryDeadLetter();
    await drill.untilStatus(orderId, 'CONFIRMED');
    expect(await deadLetters()).toEqual([{ ...letter, state: 'RETRIED' }]);
    expect(await drill.effects(orderId)).toMatchObject({
      history: [...history, 'DEAD_LETTER_RETRIED', 'PAYMENT_SUCCEEDED'],
      captures: 1,
      refunds: 0,
    });
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
  }, 90_000);
});
