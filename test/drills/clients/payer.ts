import type { OrderAnswer } from '../evidence.js';
import type { Random } from '../../support/random.js';
import type { Bank } from './bank.js';
import type { Caller } from './caller.js';
import { drawPaymentMethod } from './cards.js';
import type { Counts } from './counts.js';
import { type PayerMood, drawMood } from './payer-mood.js';
import { pause } from './pause.js';

export interface PayerOptions {
  readonly caller: Caller;
  readonly bank: Bank;
  readonly counts: Counts;
  /** How long the payment waits for its customer. */
  readonly actionTimeoutMs: number;
  /** When aborted, nobody pays again, and who has not seen the bank's page yet never comes. */
  readonly stopping: AbortSignal;
  readonly giveUp: AbortSignal;
}

const LOOK_INTERVAL_MS = { least: 150, most: 600 };
/** A customer of an order that a fault keeps busy gives up at some time. */
const MAX_LOOKS = 60;
const AT_THE_BANK_MS = { least: 0, most: 1_500 };
/** How late a customer is who comes when the time is up. */
const LATE_BY_MS = { least: 200, most: 2_000 };
/** A worker ends the payment at once if the customer comes back, else recovery does after some twenty seconds. */
const LATE_LOOKS = 30;
const PAY_AGAIN_SHARE = 0.6;
const TWICE_AT_ONCE_SHARE = 0.25;
const MAX_PAYMENTS = 3;

/** A customer who follows the payment of an order: authenticates it at the bank, and pays again where it has failed. */
export class Payer {
  constructor(private readonly options: PayerOptions) {}

  /** Resolves when the customer does nothing more about the order's payment. */
  async follow(orderId: string, random: Random): Promise<void> {
    for (let payment = 1; payment <= MAX_PAYMENTS; payment += 1) {
      const isWaiting = (status: string) => status === 'PENDING' || status === 'PAYMENT_PROCESSING';
      let order = await this.look(orderId, random, (status) => !isWaiting(status), this.options.stopping);
      const secret = order?.paymentAction?.clientSecret;
      const mood = drawMood(random);
      if (secret !== undefined) order = await this.answer(orderId, secret, mood, random);
      const isFailed = order?.status === 'PAYMENT_FAILED' && mood !== 'gone';
      const paysAgain = isFailed && random.chance(PAY_AGAIN_SHARE);
      if (paysAgain) await this.payAgain(orderId, payment, random);
      // The old page of the bank is still open in another tab.
      if (secret !== undefined && mood === 'late') await this.options.bank.answer(secret, 'succeeded');
      if (!paysAgain) return;
    }
  }

  /** @returns the order after that, as far as the customer looks */
  private async answer(
    orderId: string,
    secret: string,
    mood: PayerMood,
    random: Random,
  ): Promise<OrderAnswer | undefined> {
    const { actionTimeoutMs, bank, caller, counts, giveUp, stopping } = this.options;
    const { least, most } = AT_THE_BANK_MS;
    await pause(random.integer(least, most), stopping);
    switch (mood) {
      case 'gone':
        return undefined;
      case 'cancels':
        counts.cancels += 1;
        await caller.settle({ name: 'cancelOrder', orderId });
        await bank.answer(secret, 'succeeded');
        return undefined;
      case 'claims':
        await caller.settle({ name: 'completePaymentAction', orderId });
        return undefined;
      case 'late':
        // Not cut short by the end of the run: the time has to be up.
        await pause(actionTimeoutMs + random.integer(LATE_BY_MS.least, LATE_BY_MS.most), giveUp);
        await caller.settle({ name: 'completePaymentAction', orderId });
        return this.look(orderId, random, (status) => status !== 'REQUIRES_ACTION', giveUp, LATE_LOOKS);
      case 'comes-back':
      case 'closes':
      case 'fails':
        if (await bank.answer(secret, mood === 'fails' ? 'failed' : 'succeeded')) counts.authentications += 1;
        if (mood !== 'closes') await caller.settle({ name: 'completePaymentAction', orderId });
        return this.look(orderId, random, (status) => status !== 'REQUIRES_ACTION', stopping);
    }
  }

  /** Reads the order until its status is as wished. Undefined if that takes too long, or the order is lost. */
  private async look(
    id: string,
    random: Random,
    isEnough: (status: string) => boolean,
    signal: AbortSignal,
    maxLooks = MAX_LOOKS,
  ): Promise<OrderAnswer | undefined> {
    const { caller, counts } = this.options;
    const { least, most } = LOOK_INTERVAL_MS;
    for (let looks = 0; looks < maxLooks && !signal.aborted; looks += 1) {
      await pause(random.integer(least, most), signal);
      counts.reads += 1;
      const seen = await caller.send({ name: 'order', id, owner: caller.name }, caller.anyAddress());
      if (seen.type !== 'ok') continue;
      if (seen.answer === null) return undefined;
      const order = seen.answer as OrderAnswer;
      if (isEnough(order.status)) return order;
    }
    return undefined;
  }

  /** Under a key of its own, and sometimes twice at once: by a double-click, or from two tabs with two keys. */
  private async payAgain(orderId: string, payment: number, random: Random): Promise<void> {
    const { caller, counts } = this.options;
    counts.paidAgain += 1;
    const key = `again-${payment}-${orderId}`;
    const call = { name: 'payOrder', orderId, key, paymentMethod: drawPaymentMethod(random) } as const;
    if (!random.chance(TWICE_AT_ONCE_SHARE)) await caller.settle(call);
    else if (random.chance(0.5)) await caller.settleTwice(call, call);
    else await Promise.all([caller.settle(call), caller.settle({ ...call, key: `${key}-tab` })]);
  }
}
