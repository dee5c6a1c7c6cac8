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

/** Each moment is given by the message that is held at the gateway. */
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

/** A worker that is paused in the middle of its orders, while another one takes over. */
class PausedWorkerDrill {
  private readonly releases: (() => void)[] = [];

  private constructor(
    readonly drill: WorkerDrill,
    readonly worker: SystemProcess,
  ) {}

  static async open(): Promise<PausedWorkerDrill> {
    const drill = await WorkerDrill.open();
    return new PausedWorkerDrill(drill, await drill.doomedWorker());
  }

  /** Runs `begin`, and holds this message of it. */
  async hold(line: RegExp, part: HeldPart, begin: () => Promise<unknown>): Promise<void> {
    const hold = this.drill.proxy.hold(line, part);
    this.releases.push(() => {
      hold.release();
    });
    await begin();
    await hold.reached;
  }

  /** Holds one order's charge at each of the moments. */
  async charges(moments = CHARGE_MOMENTS): Promise<string[]> {
    const ids: string[] = [];
    for (const [line, part] of moments)
      await this.hold(line, part, async () => ids.push(await this.drill.queuedOrder()));
    return ids;
  }

  /** Holds one order's refund at each of the moments. */
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

  /** Releases the worker's messages, resumes it and lets it finish. */
  async resume(): Promise<void> {
    for (const release of this.releases) release();
    this.worker.child.kill('SIGCONT');
    // A graceful stop waits for the work in progress.
    expect(await this.worker.stop()).toEqual(ENDED);
    await this.drill.untilQueueIsEmpty();
  }

  async untilAll(ids: readonly string[], status: string): Promise<void> {
    for (const id of ids) await this.drill.untilStatus(id, status);
  }

  async effects(ids: readonly string[]): Promise<Effects[]> {
    return Promise.all(ids.map((id) => this.drill.effects(id)));
  }
}

describe('fault 20: a worker paused past its lock by SIGSTOP and resumed after another one took over', () => {
  let paused: PausedWorkerDrill;
  let before: Map<string, Effects>;
  let charged: string[];
  let returned: string[];
  let cancelled: string[];

  beforeAll(async () => {
    paused = await PausedWorkerDrill.open();
    const { drill, worker } = paused;
    returned = await paused.refunds();
    charged = await paused.charges();
    cancelled = await paused.charges([[CONFIRM, 'request']]);
    worker.child.kill('SIGSTOP');
    for (const id of cancelled) await drill.cancel(id);
    await drill.relay();
    await drill.worker();
    await paused.untilAll(charged, 'CONFIRMED');
    await paused.untilAll([...returned, ...cancelled], 'CANCELLED');
    const ids = [...charged, ...returned, ...cancelled];
    const effects = await paused.effects(ids);
    before = new Map(ids.map((id, index) => [id, effects[index] as Effects]));
    await paused.resume();
  }, 90_000);

  afterAll(async () => {
    await paused.drill.close();
  });

  async function expectNoSecondEffect(ids: readonly string[], expected: Effects): Promise<void> {
    expect(ids.map((id) => before.get(id))).toEqual(ids.map(() => expected));
    expect(await paused.effects(ids)).toEqual(ids.map(() => expected));
  }

  function expectTakenOver(jobs: readonly string[]): void {
    expect([...paused.drill.takenOver()]).toEqual(expect.arrayContaining([...jobs]));
  }

  test('at four moments of a charge captures once and adds no event', async () => {
    expectTakenOver(charged.map((id) => `charge-order-${id}`));
    await expectNoSecondEffect(charged, CHARGED);
  });

  test('at four moments of a refund refunds once and adds no event', async () => {
    expectTakenOver(returned.map((id) => `refund-order-${id}`));
    await expectNoSecondEffect(returned, RETURNED);
  });

  test('before a cancellation moves no money by its late confirm', async () => {
    await expectNoSecondEffect(cancelled, CANCELLED);
  });
});

test('fault 20: a worker with a blocked event loop at four moments of a charge captures once and adds no event', async () => {
  const paused = await PausedWorkerDrill.open();
  const { drill, worker } = paused;
  try {
    const ids = await paused.charges();
    const unblock = await drill.block(worker);
    await drill.worker();
    await paused.untilAll(ids, 'CONFIRMED');
    expect(drill.takenOver()).toEqual(new Set(ids.map((id) => `charge-order-${id}`)));
    expect(await paused.effects(ids)).toEqual(ids.map(() => CHARGED));
    await unblock();
    await paused.resume();
    expect(await paused.effects(ids)).toEqual(ids.map(() => CHARGED));
  } finally {
    await drill.close();
  }
}, 60_000);
