import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HeldPart } from '../support/gateway-proxy.js';
import type { SystemProcess } from '../support/system-process.js';
import { type Effects, WorkerDrill } from '../support/worker-drill.js';

const CONFIRM = /^POST .*\/confirm$/;
const ENDED = { code: 0, signal: null };
const CHARGED: Effects = {
  status: 'CONFIRMED',
  history: ['ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_SUCCEEDED'],
  captures: 1,
  captured: 1_980,
  refunds: 0,
  refunded: 0,
};
const CANCELLED: Effects = {
  status: 'CANCELLED',
  history: ['ORDER_CREATED', 'PAYMENT_STARTED', 'CANCELLATION_REQUESTED', 'ORDER_CANCELLED'],
  captures: 0,
  captured: 0,
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
  [CONFIRM, 'request'],
  [CONFIRM, 'answer'],
];
const REFUND_MOMENTS: typeof CHARGE_MOMENTS = [
  [/^POST .*\/cancel$/, 'request'],
  [/^GET \/v1\/refunds/, 'answer'],
  [/^POST \/v1\/refunds$/, 'request'],
  [/^POST \/v1\/refunds$/, 'answer'],
];

/** A worker that stands still in the middle of its orders, and another one that does its work meanwhile. */
class Standstill {
  private readonly goOn: (() => void)[] = [];

  private constructor(
    readonly drill: WorkerDrill,
    readonly zombie: SystemProcess,
  ) {}

  static async open(): Promise<Standstill> {
    const drill = await WorkerDrill.open();
    return new Standstill(drill, await drill.doomedWorker());
  }

  /** Leaves the order in the middle of what `begin` begins, with this message of it on its way. */
  async hold(line: RegExp, part: HeldPart, begin: () => Promise<unknown>): Promise<void> {
    const hold = this.drill.proxy.hold(line, part);
    this.goOn.push(() => {
      hold.release();
    });
    await begin();
    await hold.reached;
  }

  /** One order in the middle of its charge at each of the moments. */
  async charges(moments = CHARGE_MOMENTS): Promise<string[]> {
    const ids: string[] = [];
    for (const [line, part] of moments)
      await this.hold(line, part, async () => ids.push(await this.drill.queuedOrder()));
    return ids;
  }

  /** One order in the middle of its refund at each of the moments. */
  async refunds(): Promise<string[]> {
    const ids: string[] = [];
    for (const [line, part] of REFUND_MOMENTS) {
      const id = await this.drill.queuedOrder();
      await this.drill.untilStatus(id, 'CONFIRMED');
      await this.hold(line, part, async () => {
        await this.drill.cancel(id);
        await this.drill.relay();
      });
      ids.push(id);
    }
    return ids;
  }

  /** The zombie's late messages arrive, and it does what it still would. */
  async wakeUp(): Promise<void> {
    for (const release of this.goOn) release();
    this.zombie.child.kill('SIGCONT');
    // A graceful stop waits for the work under way.
    expect(await this.zombie.stop()).toEqual(ENDED);
    await this.drill.untilQueueIsEmpty();
  }

  async untilAll(ids: readonly string[], status: string): Promise<void> {
    for (const id of ids) await this.drill.untilStatus(id, status);
  }

  async effects(ids: readonly string[]): Promise<Effects[]> {
    return Promise.all(ids.map((id) => this.drill.effects(id)));
  }
}

describe('fault 20: a worker is stopped past its lock (SIGSTOP), and goes on after another one did its work', () => {
  let standstill: Standstill;
  let before: Map<string, Effects>;
  let charged: string[];
  let returned: string[];
  let cancelled: string[];

  beforeAll(async () => {
    standstill = await Standstill.open();
    const { drill, zombie } = standstill;
    returned = await standstill.refunds();
    charged = await standstill.charges();
    cancelled = await standstill.charges([[CONFIRM, 'request']]);
    zombie.child.kill('SIGSTOP');
    for (const id of cancelled) await drill.cancel(id);
    await drill.relay();
    await drill.worker();
    await standstill.untilAll(charged, 'CONFIRMED');
    await standstill.untilAll([...returned, ...cancelled], 'CANCELLED');
    const ids = [...charged, ...returned, ...cancelled];
    const effects = await standstill.effects(ids);
    before = new Map(ids.map((id, index) => [id, effects[index] as Effects]));
    await standstill.wakeUp();
  }, 90_000);

  afterAll(async () => {
    await standstill.drill.close();
  });

  async function expectNoSecondEffect(ids: readonly string[], expected: Effects): Promise<void> {
    expect(ids.map((id) => before.get(id))).toEqual(ids.map(() => expected));
    expect(await standstill.effects(ids)).toEqual(ids.map(() => expected));
  }

  function expectTakenUp(jobs: readonly string[]): void {
    expect([...standstill.drill.takenUp()]).toEqual(expect.arrayContaining([...jobs]));
  }

  test('at four moments of a charge: one capture and one history each', async () => {
    expectTakenUp(charged.map((id) => `charge-order-${id}`));
    await expectNoSecondEffect(charged, CHARGED);
  });

  test('at four moments of a refund: the money is returned once', async () => {
    expectTakenUp(returned.map((id) => `refund-order-${id}`));
    await expectNoSecondEffect(returned, RETURNED);
  });

  test('and the order is cancelled meanwhile: a late request to confirm moves no money', async () => {
    await expectNoSecondEffect(cancelled, CANCELLED);
  });
});

test('fault 20: a blocked event loop at four moments of a charge: one capture and one history each', async () => {
  const standstill = await Standstill.open();
  const { drill, zombie } = standstill;
  try {
    const ids = await standstill.charges();
    const unblock = await drill.block(zombie);
    await drill.worker();
    await standstill.untilAll(ids, 'CONFIRMED');
    expect(drill.takenUp()).toEqual(new Set(ids.map((id) => `charge-order-${id}`)));
    expect(await standstill.effects(ids)).toEqual(ids.map(() => CHARGED));
    await unblock();
    await standstill.wakeUp();
    expect(await standstill.effects(ids)).toEqual(ids.map(() => CHARGED));
  } finally {
    await drill.close();
  }
}, 60_000);
