import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { HeldPart, Hold } from '../support/gateway-proxy.js';
import type { SystemProcess } from '../support/system-process.js';
import { type Effects, WorkerDrill } from '../support/worker-drill.js';

const ENDED = { code: 0, signal: null };
const CHARGED: Effects = {
  status: 'CONFIRMED',
  history: ['ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_SUCCEEDED'],
  captures: 1,
  captured: 1_980,
  refunds: 0,
  refunded: 0,
};
const RETURNED: Effects = {
  ...CHARGED,
  status: 'CANCELLED',
  history: [...CHARGED.history, 'CANCELLATION_REQUESTED', 'REFUND_SUCCEEDED', 'ORDER_CANCELLED'],
  refunds: 1,
  refunded: 1_980,
};

/** Each moment is named by the message that is on its way then. */
const CHARGE_MOMENTS: readonly (readonly [RegExp, HeldPart])[] = [
  [/^POST \/v1\/payment_intents$/, 'request'],
  [/^POST \/v1\/payment_intents$/, 'answer'],
  [/^POST .*\/confirm$/, 'request'],
  [/^POST .*\/confirm$/, 'answer'],
];
const REFUND_MOMENTS: typeof CHARGE_MOMENTS = [
  [/^POST .*\/cancel$/, 'request'],
  [/^GET \/v1\/refunds/, 'answer'],
  [/^POST \/v1\/refunds$/, 'request'],
  [/^POST \/v1\/refunds$/, 'answer'],
];

describe('fault 20: a worker stands still past its lock, and goes on after another one did its work', () => {
  let drill: WorkerDrill;
  let zombie: SystemProcess;

  beforeEach(async () => {
    drill = await WorkerDrill.open();
    zombie = await drill.doomedWorker();
  });

  afterEach(async () => {
    await drill.close();
  });

  /** One order in the middle of its charge at each of the moments. */
  async function chargesUnderWay(): Promise<{ ids: string[]; holds: Hold[] }> {
    const [ids, holds]: [string[], Hold[]] = [[], []];
    for (const [line, part] of CHARGE_MOMENTS) {
      const hold = drill.proxy.hold(line, part);
      ids.push(await drill.queuedOrder());
      holds.push(hold);
      await hold.reached;
    }
    return { ids, holds };
  }

  /** The zombie's late messages arrive, and it does what it still would; then nothing has changed. */
  async function expectNoSecondEffect(ids: readonly string[], holds: readonly Hold[], expected: Effects) {
    const before = await effects(ids);
    expect(before).toEqual(ids.map(() => expected));
    for (const hold of holds) hold.release();
    zombie.child.kill('SIGCONT');
    // A graceful stop waits for the work under way.
    expect(await zombie.stop()).toEqual(ENDED);
    expect(await effects(ids)).toEqual(before);
    await drill.untilQueueIsEmpty();
  }

  async function effects(ids: readonly string[]): Promise<Effects[]> {
    return Promise.all(ids.map((id) => drill.effects(id)));
  }

  async function untilAll(ids: readonly string[], status: string): Promise<void> {
    for (const id of ids) await drill.untilStatus(id, status);
  }

  test('SIGSTOP at four moments of a charge: one capture and one history each', async () => {
    const { ids, holds } = await chargesUnderWay();
    zombie.child.kill('SIGSTOP');
    await drill.worker();
    await untilAll(ids, 'CONFIRMED');
    expect(drill.takenUp()).toEqual(new Set(ids.map((id) => `charge-order-${id}`)));
    await expectNoSecondEffect(ids, holds, CHARGED);
  }, 60_000);

  test('SIGSTOP at four moments of a refund: the money is returned once', async () => {
    const ids: string[] = [];
    const holds: Hold[] = [];
    for (const [line, part] of REFUND_MOMENTS) {
      const id = await drill.queuedOrder();
      await drill.untilStatus(id, 'CONFIRMED');
      const hold = drill.proxy.hold(line, part);
      await drill.cancel(id);
      await drill.relay();
      await hold.reached;
      ids.push(id);
      holds.push(hold);
    }
    zombie.child.kill('SIGSTOP');
    await drill.worker();
    await untilAll(ids, 'CANCELLED');
    expect(drill.takenUp()).toEqual(new Set(ids.map((id) => `refund-order-${id}`)));
    await expectNoSecondEffect(ids, holds, RETURNED);
  }, 60_000);

  test('a blocked event loop at four moments of a charge: one capture and one history each', async () => {
    const { ids, holds } = await chargesUnderWay();
    const unblock = await drill.block(zombie);
    await drill.worker();
    await untilAll(ids, 'CONFIRMED');
    expect(drill.takenUp()).toEqual(new Set(ids.map((id) => `charge-order-${id}`)));
    await unblock();
    await expectNoSecondEffect(ids, holds, CHARGED);
  }, 60_000);

  test('SIGSTOP, and the order is cancelled meanwhile: a late request to confirm moves no money', async () => {
    const hold = drill.proxy.hold(/^POST .*\/confirm$/, 'request');
    const id = await drill.queuedOrder();
    await hold.reached;
    zombie.child.kill('SIGSTOP');
    await drill.cancel(id);
    await drill.relay();
    await drill.worker();
    await drill.untilStatus(id, 'CANCELLED');
    await expectNoSecondEffect([id], [hold], {
      status: 'CANCELLED',
      history: ['ORDER_CREATED', 'PAYMENT_STARTED', 'CANCELLATION_REQUESTED', 'ORDER_CANCELLED'],
      captures: 0,
      captured: 0,
      refunds: 0,
      refunded: 0,
    });
  }, 60_000);
});
