import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DeadLetterCommands } from '../../src/dead-letters/dead-letter-commands.js';
import type { SystemProcess } from '../support/system-process.js';
import { waitFor } from '../support/wait-for.js';
import { WorkerDrill } from '../support/worker-drill.js';

/** One more than the job handler tolerates (MAX_WORKER_DEATHS). */
const DEATHS = 6;
const TOLERATED_DEATHS = 2;
/** These endpoints do their work and never answer. */
const ENDPOINTS = ['payment_intents.confirm', 'payment_intents.retrieve'];

describe('fault 21: a job whose workers are killed', () => {
  let drill: WorkerDrill;
  let worker: SystemProcess;
  let deadly: string;
  let tolerated: string;

  /** Each worker takes the jobs and is killed, the first one after the capture. */
  beforeAll(async () => {
    drill = await WorkerDrill.open({ WORKER_LOCK_MS: '1500' });
    const { sandbox } = drill.steps;
    for (const endpoint of ENDPOINTS) await sandbox.addFault({ kind: 'charged_then_timeout', endpoint });
    deadly = await drill.queuedOrder();
    const seen = new Map([[deadly, 0]]);
    worker = await drill.worker();
    for (let death = 1; death <= DEATHS; death += 1) {
      if (death > DEATHS - TOLERATED_DEATHS && seen.size === 1) {
        tolerated = await drill.queuedOrder();
        seen.set(tolerated, 0);
      }
      for (const [id, before] of seen)
        await waitFor('a request of the worker', async () => (await requestsFor(id)) > before);
      for (const id of seen.keys()) seen.set(id, await requestsFor(id));
      // The next worker waits for this one's lock to expire.
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

  async function requestsFor(orderId: string): Promise<number> {
    const requests = await drill.steps.sandbox.requests(`?order=${orderId}`);
    return ENDPOINTS.reduce((sum, endpoint) => sum + (requests[endpoint] ?? 0), 0);
  }

  async function deadLetters(orderId: string): Promise<unknown[]> {
    return drill.steps.select('SELECT task, state, attempts, error FROM dead_letters WHERE order_id = $1', [
      orderId,
    ]);
  }

  /** Retries the dead letter as an operator does. */
  async function retryDeadLetter(): Promise<void> {
    const api = await drill.steps.system.start({ ROLE: 'api' });
    const [letter] = await drill.steps.select<{ id: string }>('SELECT id::text AS id FROM dead_letters');
    const commands = api.app.get(DeadLetterCommands, { strict: false });
    expect(await commands.retry(letter?.id ?? '', 'olivia')).toMatchObject({ kind: 'settled' });
    await drill.relay();
  }

  test('twice is finished by the next worker, and the order is CONFIRMED', async () => {
    expect(await drill.effects(tolerated)).toMatchObject({ status: 'CONFIRMED', captures: 1, refunds: 0 });
    expect(await deadLetters(tolerated)).toEqual([]);
  });

  test('six times opens one dead letter, and after its retry the order is CONFIRMED with one capture', async () => {
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
