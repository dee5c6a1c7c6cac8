import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Interleaver } from '../support/interleaver.js';
import { OrderSteps } from '../support/order-steps.js';

/** Each run takes one order through some dozens of steps, on real servers. */
const RUNS = Number(process.env['INTERLEAVING_RUNS'] ?? 80);
const MAX_STEPS = 40;

const paymentMethod = fc.constantFrom(
  'pm_card_visa',
  'pm_card_visa',
  'pm_card_threeDSecure2Required',
  'pm_card_chargeDeclined',
);
const which = fc.nat({ max: 1_000 });
const times = fc.constantFrom(1, 1, 2, 3, 4, 30);
const act = <Act extends string>(...acts: Act[]) => fc.record({ act: fc.constantFrom(...acts) });
const fault = fc.record({
  kind: fc.constantFrom('charged_then_timeout', 'http_500', 'http_429'),
  endpoint: fc.constantFrom(
    'payment_intents.create',
    'payment_intents.confirm',
    'payment_intents.retrieve',
    'payment_intents.cancel',
    'refunds.create',
    'refunds.list',
  ),
  count: fc.integer({ min: 1, max: 3 }),
});

/** The next action; steps of workers are far more frequent than starts and kills. */
const action = fc.oneof(
  { weight: 8, arbitrary: act('charge', 'refund') },
  { weight: 4, arbitrary: act('cancel', 'webhook') },
  { weight: 4, arbitrary: act('pay again', 'pay again with the bank', 'pay again in vain') },
  { weight: 3, arbitrary: act('complete', 'time is up') },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('authenticate' as const),
      which,
      outcome: fc.constantFrom('succeeded' as const, 'failed' as const),
    }),
  },
  { weight: 6, arbitrary: act('retry', 'discard', 'poison') },
  { weight: 4, arbitrary: act('replay', 'relay', 'recover', 'flush', 'forget keys') },
  { weight: 22, arbitrary: fc.record({ act: fc.constant('step' as const), which, times }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('crash' as const), which }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('fault' as const), fault }) },
);

describe('workers, relay, recovery, webhooks, customers, operators and crashes in any order', () => {
  let steps: OrderSteps;

  beforeAll(async () => {
    steps = await OrderSteps.open({ PAYMENT_TIMEOUT_MS: '150', PAYMENT_MAX_ATTEMPTS: '2' });
  });

  afterAll(async () => {
    await steps.close();
  });

  test('keep the invariants after every step, and bring the order to rest when the faults end', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        paymentMethod,
        fc.array(action, { minLength: 15, maxLength: MAX_STEPS }),
        async (method, actions) => {
          const run = await Interleaver.open(steps, method);
          try {
            for (const next of actions) {
              await run.perform(next);
              expect(await run.violations()).toEqual([]);
            }
            await run.heal();
            expect(await run.violationsAtRest()).toEqual([]);
            for (const type of await run.eventTypes()) seen.add(type);
          } finally {
            await run.close();
          }
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
    // The runs must have reached the interesting events.
    expect([...seen].toSorted()).toEqual(
      expect.arrayContaining([
        'CANCELLATION_REQUESTED',
        'DEAD_LETTERED',
        'DEAD_LETTER_RETRIED',
        'ORDER_CANCELLED',
        'PAYMENT_ACTION_REQUIRED',
        'PAYMENT_ATTEMPT_FAILED',
        'PAYMENT_DECLINED',
        'PAYMENT_REQUESTED',
        'PAYMENT_SUCCEEDED',
        'REFUND_SUCCEEDED',
      ]),
    );
  }, 240_000);
});
