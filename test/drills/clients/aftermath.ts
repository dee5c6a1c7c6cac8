import type { SeenOrder } from '../evidence.js';
import type { Random } from '../../support/random.js';
import type { Caller } from './caller.js';
import type { Counts } from './counts.js';
import type { Errands } from './errands.js';
import { pause } from './pause.js';
import type { PlacedOrders } from './placed-orders.js';
import type { Subscriber } from './subscriber.js';

export interface AftermathOptions {
  readonly caller: Caller;
  readonly subscriber: Subscriber;
  readonly placed: PlacedOrders;
  readonly counts: Counts;
  readonly errands: Errands;
  /** When aborted, no one waits before a task any more. */
  readonly stopping: AbortSignal;
}

const SUBSCRIBE_SHARE = 0.5;
const SUBSCRIBE_WITHIN_MS = 1_500;
const FROM_THE_START_SHARE = 0.5;
const STAY_SHARE = 0.25;
const CANCEL_SHARE = 0.12;
const CANCEL_TWICE_SHARE = 0.2;
/** A charge takes some tens of milliseconds, so a quick cancellation meets it in progress. */
const CANCEL_QUICKLY_SHARE = 0.4;
const CANCEL_QUICKLY_WITHIN_MS = 150;
const CANCEL_WITHIN_MS = 4_000;
const READ_SHARE = 0.3;
const MAX_READS = 3;
const READ_WITHIN_MS = 1_500;
const FOREIGN_READ_SHARE = 0.04;
const FOREIGN_SUBSCRIBE_SHARE = 0.02;

/** What a customer does with an order that was just acknowledged, besides placing the next one. */
export class Aftermath {
  constructor(private readonly options: AftermathOptions) {}

  begin(order: SeenOrder, random: Random): void {
    const { errands } = this.options;
    const cancels = random.chance(CANCEL_SHARE);
    if (random.chance(SUBSCRIBE_SHARE)) {
      errands.begin(() => this.subscribe(order.id, cancels, random.fork('subscribe')));
    }
    if (cancels) errands.begin(() => this.cancel(order.id, random.fork('cancel')));
    if (random.chance(READ_SHARE)) errands.begin(() => this.read(order.id, random.fork('read')));
    if (random.chance(FOREIGN_READ_SHARE)) errands.begin(() => this.readForeign(random.fork('pry')));
    if (random.chance(FOREIGN_SUBSCRIBE_SHARE)) this.subscribeForeign(random.fork('spy'));
  }

  private async subscribe(orderId: string, cancels: boolean, random: Random): Promise<void> {
    const { caller, stopping, subscriber } = this.options;
    await pause(random.integer(0, SUBSCRIBE_WITHIN_MS), stopping);
    const afterVersion = random.chance(FROM_THE_START_SHARE) ? 0 : undefined;
    const wish = cancels || random.chance(STAY_SHARE) ? 'stay' : 'go';
    subscriber.watch({ orderId, owner: caller.name, afterVersion, wish });
  }

  private async cancel(orderId: string, random: Random): Promise<void> {
    const { caller, counts, stopping } = this.options;
    const quickly = random.chance(CANCEL_QUICKLY_SHARE);
    await pause(random.integer(0, quickly ? CANCEL_QUICKLY_WITHIN_MS : CANCEL_WITHIN_MS), stopping);
    counts.cancels += 1;
    const call = { name: 'cancelOrder', orderId } as const;
    if (random.chance(CANCEL_TWICE_SHARE)) await Promise.all([caller.settle(call), caller.settle(call)]);
    else await caller.settle(call);
  }

  /** One read after the other, at different addresses: versions must never go back. */
  private async read(id: string, random: Random): Promise<void> {
    const { caller, counts, stopping } = this.options;
    const reads = random.integer(1, MAX_READS);
    for (let read = 0; read < reads; read += 1) {
      counts.reads += 1;
      await caller.send({ name: 'order', id, owner: caller.name }, caller.anyAddress());
      await pause(random.integer(0, READ_WITHIN_MS), stopping);
    }
  }

  private async readForeign(random: Random): Promise<void> {
    const { caller, counts, placed } = this.options;
    const foreign = placed.foreignTo(caller.name, random);
    if (foreign === undefined) return;
    counts.reads += 1;
    const { id, owner } = foreign;
    await caller.send({ name: 'order', id, owner }, caller.anyAddress());
  }

  private subscribeForeign(random: Random): void {
    const { caller, placed, subscriber } = this.options;
    const foreign = placed.foreignTo(caller.name, random);
    if (foreign === undefined) return;
    const { id: orderId, owner } = foreign;
    subscriber.watch({ orderId, owner, afterVersion: random.chance(0.5) ? 0 : undefined, wish: 'go' });
  }
}
