import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DeadLetterCommands } from '../../src/dead-letters/dead-letter-commands.js';
import type { SystemProcess } from '../support/system-process.js';
import { waitFor } from '../support/wait-for.js';
import { WorkerDrill } from '../support/worker-drill.js';

/** More often than the queue's handler bears (DEATHS_AT_MOST). */
const DEATHS = 6;
const BORNE_DEATHS = 2;
/** They do their work, and never answer. */
const ENDPOINTS = ['payment_intents.confirm', 'payment_intents.retrieve'];

describe("fault 21: a job's worker is killed again and again", () => {
  let drill: WorkerDrill;
  let worker: SystemProcess;
  let deadly: string;
  let borne: string;

  /** Each worker takes the jobs up and is killed over them; the first one when the money has moved. */
  beforeAll(async () => {
    drill = await WorkerDrill.open({ WORKER_LOCK_MS: '1500' });
    const { sandbox } = drill.steps;
    for (const endpoint of ENDPOINTS) await sandbox.addFault({ kind: 'charged_then_timeout', endpoint });
    deadly = await drill.queuedOrder();
    const seen = new Map([[deadly, 0]]);
    worker = await drill.worker();
    for (let death = 1; death <= DEATHS; death += 1) {
      if (death > DEATHS - BORNE_DEATHS && seen.size === 1) {
        borne = await drill.queuedOrder();
        seen.set(borne, 0);
      }
      for (const [id, before] of seen)
        await waitFor('its question', async () => (await questions(id)) > before);
      for (const id of seen.keys()) seen.set(id, await questions(id));
      // It waits for the lock of the other one to expire.
      const next = death < DEATHS ? await drill.worker() : worker;
      await worker.stop('SIGKILL');
      worker = next;
    }
    for (const id of seen.keys())
      expect(await drill.effects(id)).toMatchObject({ status: 'PAYMENT_PROCESSING', captures: 1 });
    await sandbox.clearFaults();
    worker = await drill.worker();
    await drill.untilQueueIsEmpty();
  }, 90_000);

  afterAll(async () => {
    await drill.close();
  });

  async function questions(orderId: string): Promise<number> {
    const requests = await drill.steps.sandbox.requests(`?order=${orderId}`);
    return ENDPOINTS.reduce((sum, endpoint) => sum + (requests[endpoint] ?? 0), 0);
  }

  async function deadLetters(orderId: string): Promise<unknown[]> {
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
    expect(await drill.effects(borne)).toMatchObject({ status: 'CONFIRMED', captures: 1, refunds: 0 });
    expect(await deadLetters(borne)).toEqual([]);
  });

  test('more often: one open dead letter; retried, the order is CONFIRMED with one capture', async () => {
    const history = ['ORDER_CREATED', 'PAYMENT_STARTED', 'DEAD_LETTERED'];
    const letter = {
      task: 'CHARGE',
      state: 'OPEN',
      attempts: expect.any(Number),
      error: expect.stringMatching(/^Its worker died \d times\.$/),
    };
    expect(await deadLetters(deadly)).toEqual([letter]);
    expect(await drill.effects(deadly)).toMatchObject({
      status: 'PAYMENT_PROCESSING',
      history,
      captures: 1,
    });

    await retryDeadLetter();
    await drill.untilStatus(deadly, 'CONFIRMED');
    expect(await deadLetters(deadly)).toEqual([{ ...letter, state: 'RETRIED' }]);
    expect(await drill.effects(deadly)).toMatchObject({
      history: [...history, 'DEAD_LETTER_RETRIED', 'PAYMENT_SUCCEEDED'],
      captures: 1,
      refunds: 0,
    });
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
  }, 60_000);
});
