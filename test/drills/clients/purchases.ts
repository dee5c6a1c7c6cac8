import type { CreateOrder, Rewind, SeenOrder } from '../evidence.js';
import type { Random } from '../../support/random.js';
import type { Caller } from './caller.js';
import type { Counts } from './counts.js';
import type { Errands } from './errands.js';
import { pause } from './pause.js';
import { orderOf } from './placed-orders.js';

export interface PurchasesOptions {
  readonly caller: Caller;
  readonly counts: Counts;
  readonly errands: Errands;
  readonly random: Random;
  /** Grows during the run. */
  readonly rewinds: readonly Rewind[];
  /** The run's clock. */
  readonly now: () => number;
  readonly stopping: AbortSignal;
  /** Called for an order that was ordered again. */
  readonly onAgain: (order: SeenOrder, input: CreateOrder) => void;
}

/** An order that was acknowledged, and what was ordered. */
export interface Purchase {
  readonly id: string;
  readonly input: CreateOrder;
  readonly placedAt: number;
  readonly acknowledgedAt: number;
}

const LOOK_INTERVAL_MS = 500;
/** Most customers order again at once; some notice later, when the gap is covered. */
const SOON_MS = { least: 0, most: 3_000 };
const LATER_MS = { least: 8_000, most: 20_000 };
const LATER_SHARE = 0.25;
/** The share of customers that never come back: whatever they paid is an orphan. */
const GONE_SHARE = 0.15;

/** A customer's orders. When the shop has lost some, the customer looks for them, and orders again what is gone. */
export class Purchases {
  private readonly all: Purchase[] = [];

  constructor(private readonly options: PurchasesOptions) {}

  add(purchase: Purchase): void {
    this.all.push(purchase);
  }

  /** Resolves when it is time to stop and every loss was looked into. */
  async lookAfter(): Promise<void> {
    const { errands, random, rewinds, stopping } = this.options;
    for (let seen = 0; ;) {
      const isOver = stopping.aborted;
      for (const rewind of rewinds.slice(seen)) {
        seen += 1;
        errands.begin(() => this.orderAgain(rewind, random.fork(`loss ${seen}`)));
      }
      if (isOver) return;
      await pause(LOOK_INTERVAL_MS, stopping);
    }
  }

  private async orderAgain(rewind: Rewind, random: Random): Promise<void> {
    const { caller, counts, now, stopping } = this.options;
    const delayMs = random.chance(LATER_SHARE) ? LATER_MS : SOON_MS;
    await pause(random.integer(delayMs.least, delayMs.most), stopping);
    const doubtful = this.all.filter(
      ({ placedAt, acknowledgedAt }) => placedAt <= rewind.until && acknowledgedAt >= rewind.from,
    );
    for (const { id, input } of doubtful) {
      const found = await caller.settle({ name: 'order', id, owner: caller.name });
      const isGone = found.type === 'ok' && found.answer === null;
      if (!isGone || random.chance(GONE_SHARE)) continue;
      counts.repeated += 1;
      const placedAt = now();
      const order = orderOf(await caller.settle(input));
      if (order === undefined) continue;
      this.add({ id: order.id, input, placedAt, acknowledgedAt: now() });
      this.options.onAgain(order, input);
    }
  }
}
