import type { CreateOrder, RunFacts, SeenOrder } from '../evidence.js';
import type { Random } from '../../support/random.js';
import type { Aftermath } from './aftermath.js';
import type { Caller, Manner } from './caller.js';
import { GOOD_CARD } from './cards.js';
import { drawKey, drawOrder, otherInput, reworded, spoiled } from './cart.js';
import type { Counts } from './counts.js';
import type { Errands } from './errands.js';
import type { Definite } from './outcome.js';
import { pause } from './pause.js';
import { orderOf, type PlacedOrders } from './placed-orders.js';
import type { Payer } from './payer.js';
import { Purchases, type PurchasesOptions } from './purchases.js';

export interface CustomerOptions extends Pick<PurchasesOptions, 'rewinds' | 'now'> {
  readonly number: number;
  readonly caller: Caller;
  readonly aftermath: Aftermath;
  readonly payer: Payer;
  readonly placed: PlacedOrders;
  readonly prices: RunFacts['prices'];
  readonly random: Random;
  readonly counts: Counts;
  readonly errands: Errands;
  /** The average time from the start of one order to the next. */
  readonly intervalMs: number;
  readonly stopping: AbortSignal;
}

const DOUBLE_CLICK_SHARE = 0.08;
const IMPATIENT_SHARE = 0.05;
const PATIENCE_MS = { least: 50, most: 500 };
const PARANOID_SHARE = 0.04;
const OTHER_INPUT_SHARE = 0.03;
/** The share of them for which the outcome of the first input is still unknown. */
const OTHER_INPUT_IN_DOUBT_SHARE = 0.5;
/** Usually too short for an answer. */
const IN_DOUBT_PATIENCE_MS = { least: 1, most: 30 };
const FOREIGN_KEY_SHARE = 0.01;
const WRONG_SHARE = 0.05;
/** The share of refused orders that are corrected and sent again under their key, which is still free. */
const CORRECTED_SHARE = 0.4;
/** The share of customers that look up their key before they repeat a call. */
const CAREFUL_SHARE = 0.3;
/** A customer with this many tasks in progress places no further order. */
const MAX_ERRANDS = 50;

/** An order, and the input that made it. */
interface Placed {
  readonly order: SeenOrder;
  readonly input: CreateOrder;
}

/** Places one order after the other, each with a random stream of its own. */
export class Customer {
  private readonly usedKeys = new Set<string>();
  private readonly careful: boolean;
  private readonly purchases: Purchases;

  constructor(private readonly options: CustomerOptions) {
    const { random } = options;
    this.careful = random.fork('character').chance(CAREFUL_SHARE);
    this.purchases = new Purchases({
      ...options,
      random: random.fork('purchases'),
      onAgain: (order, input) => {
        this.acknowledged({ order, input }, random.fork(`again ${input.key}`));
      },
    });
  }

  /** Resolves when the customer has stopped, and orders again nothing more that was lost. */
  async lookAfterPurchases(): Promise<void> {
    await this.purchases.lookAfter();
  }

  /** Resolves when the customer has stopped and knows the outcome of every order. */
  async shop(): Promise<void> {
    const { errands, intervalMs, random, stopping } = this.options;
    const pace = random.fork('pace');
    let next = performance.now() + pace.next() * intervalMs;
    for (let order = 1; ; order += 1) {
      await pause(Math.max(0, next - performance.now()), stopping);
      if (stopping.aborted) break;
      // A customer that had to wait does not catch up.
      next = Math.max(next, performance.now()) + (0.5 + pace.next()) * intervalMs;
      if (errands.count < MAX_ERRANDS) await this.order(order);
    }
  }

  private async order(orderNumber: number): Promise<void> {
    const { counts, number, prices } = this.options;
    const random = this.options.random.fork(`order ${orderNumber}`);
    const order = drawOrder(random, prices, this.key(random, number, orderNumber));
    if (random.chance(WRONG_SHARE)) {
      const refused = spoiled(random, order, prices);
      counts.wrong += 1;
      await this.options.caller.settle(refused);
      if (!random.chance(CORRECTED_SHARE)) return;
    }
    this.usedKeys.add(order.key);
    counts.placed += 1;
    const { now } = this.options;
    const placedAt = now();
    const placed = await this.place(order, random);
    if (placed === undefined) return;
    const { id } = placed.order;
    this.purchases.add({ id, input: placed.input, placedAt, acknowledgedAt: now() });
    this.acknowledged(placed, random);
    await this.repeat(order, random);
  }

  /** A new key, or sometimes another customer's, under which this one has no order yet. */
  private key(random: Random, customerNumber: number, orderNumber: number): string {
    const { caller, placed } = this.options;
    const fresh = drawKey(random, customerNumber, orderNumber);
    if (!random.chance(FOREIGN_KEY_SHARE)) return fresh;
    const foreign = placed.foreignTo(caller.name, random);
    return foreign === undefined || this.usedKeys.has(foreign.key) ? fresh : foreign.key;
  }

  /** Repeats the order until its outcome is known. Undefined if no order was made. */
  private async place(order: CreateOrder, random: Random): Promise<Placed | undefined> {
    const { caller, counts, prices } = this.options;
    if (random.chance(DOUBLE_CLICK_SHARE)) {
      counts.doubleClicks += 1;
      const second = random.chance(0.5) ? reworded(random, order) : order;
      return placedBy(order, await caller.settleTwice(order, second, this.manner(order)));
    }
    if (random.chance(OTHER_INPUT_SHARE)) {
      const other = otherInput(random, order, prices);
      counts.wrong += 1;
      return random.chance(OTHER_INPUT_IN_DOUBT_SHARE)
        ? this.placeWithRival(order, other, random)
        : this.placeThenChange(order, other);
    }
    const patienceMs = random.integer(PATIENCE_MS.least, PATIENCE_MS.most);
    const impatience = random.chance(IMPATIENT_SHARE) ? { patienceMs } : {};
    return placedBy(order, await caller.settle(order, { ...this.manner(order), ...impatience }));
  }

  private async placeThenChange(order: CreateOrder, other: CreateOrder): Promise<Placed | undefined> {
    const { caller } = this.options;
    const settled = placedBy(order, await caller.settle(order, this.manner(order)));
    return placedBy(other, await caller.settle(other)) ?? settled;
  }

  /** Sends the other input while the outcome of the first one is unknown: either may get the key. */
  private async placeWithRival(
    order: CreateOrder,
    other: CreateOrder,
    random: Random,
  ): Promise<Placed | undefined> {
    const { caller } = this.options;
    let rival: Definite | undefined;
    const patienceMs = random.integer(IN_DOUBT_PATIENCE_MS.least, IN_DOUBT_PATIENCE_MS.most);
    const first = await caller.settle(order, {
      patienceMs,
      inDoubt: async () => {
        rival ??= await caller.settle(other);
        return undefined;
      },
    });
    rival ??= await caller.settle(other);
    return placedBy(order, first) ?? placedBy(other, rival);
  }

  /** A careful customer looks up the key first. */
  private manner({ key }: CreateOrder): Manner {
    const { caller } = this.options;
    if (!this.careful) return {};
    return {
      inDoubt: async () => {
        const found = await caller.send({ name: 'orderByIdempotencyKey', key }, caller.anyAddress());
        // No order yet proves nothing: the call may still arrive.
        if (found.type !== 'ok' || found.answer === null) return undefined;
        return { type: 'ok', answer: { __typename: 'CreateOrderSuccess', order: found.answer } };
      },
    };
  }

  private acknowledged({ order, input }: Placed, random: Random): void {
    const { aftermath, caller, counts, errands, payer, placed } = this.options;
    counts.acknowledged += 1;
    placed.add({ id: order.id, key: order.idempotencyKey, owner: caller.name });
    aftermath.begin(order, random.fork('aftermath'));
    // A good card needs no more attention.
    if (input.paymentMethod !== GOOD_CARD)
      errands.begin(() => payer.follow(order.id, random.fork('payment')));
  }

  /** Some repeat the call although they have its answer. */
  private async repeat(order: CreateOrder, random: Random): Promise<void> {
    const { caller, counts } = this.options;
    if (!random.chance(PARANOID_SHARE)) return;
    counts.retries += 1;
    await caller.settle(random.chance(0.5) ? reworded(random, order) : order);
  }
}

function placedBy(input: CreateOrder, outcome: Definite): Placed | undefined {
  const order = orderOf(outcome);
  return order === undefined ? undefined : { order, input };
}
