import { Inject, Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config/config.js';
import { RelayWakeUp } from '../../outbox/relay-wake-up.js';
import { CONFIG } from '../../config/token.js';
import { isAnswerLost } from '../../platform/database/database-errors.js';
import { Database } from '../../platform/database/database.js';
import { withTimeout } from '../../platform/with-timeout.js';
import { log } from '../../platform/observability/logger.js';
import { retryRolledBack } from '../../platform/database/retry-rolled-back.js';
import { batched } from '../../platform/database/statement-batcher.js';
import {
  type CreateOrderOutcome,
  createOrders,
  type CreateOrdersSettings,
  findReplays,
  type NewOrder,
} from './create-orders.js';
import { RecentKeys } from './recent-keys.js';

/** The first new connection answers, unless the server is in trouble that the client should wait out. */
const SETTLE_ATTEMPTS = 3;
/** Long enough for a server that cuts its connections to have cut them all. */
const SETTLE_PAUSE_MS = 50;

/**
 * Takes new orders in: stores those of concurrent callers together, and wakes the relay after the commit. Redis is
 * never waited for.
 */
@Injectable()
export class CreateOrder {
  private readonly recentKeys = new RecentKeys();
  private readonly settings: CreateOrdersSettings;
  private readonly storeTogether: (order: NewOrder) => Promise<CreateOrderOutcome>;
  private readonly findTogether: (order: NewOrder) => Promise<CreateOrderOutcome | undefined>;

  constructor(
    private readonly database: Database,
    private readonly relayWakeUp: RelayWakeUp,
    @Inject(CONFIG) private readonly config: Pick<Config, 'recovery' | 'database' | 'payment'>,
  ) {
    const { recovery, payment } = config;
    this.settings = {
      recoverAfterMs: recovery.stuckAfterMs,
      maxDeclinesPerHour: payment.maxDeclinesPerHour,
    };
    const { queueLimit } = config.database;
    this.storeTogether = batched((orders) => this.storeList(orders), queueLimit);
    this.findTogether = batched((orders) => findReplays(database, orders), queueLimit);
  }

  /**
   * Stores the order, or finds the one under its key. An answer that is lost on its way is settled by asking
   * again; whether it was this call that stored the order is then unknown, and `replayed` says that it was not.
   * @throws what the database throws, DATABASE_ANSWER_TIMEOUT_MS after the call at the latest; the outcome may
   * then be unknown, and the same call again settles it.
   */
  async create(order: NewOrder): Promise<CreateOrderOutcome> {
    return withTimeout(this.config.database.answerTimeoutMs, 'storing an order', this.store(order));
  }

  private async store(order: NewOrder): Promise<CreateOrderOutcome> {
    let outcome;
    try {
      outcome = await this.attempt(order);
    } catch (error) {
      if (!isAnswerLost(error)) throw error;
      outcome = await this.settle(order, error);
      // Who stored it could not tell the relay.
      this.relayWakeUp.wake();
    }
    if (outcome.kind === 'unknown-fingerprint-version') {
      const { orderId } = outcome;
      log.warn({ orderId }, 'a repeated create was not answered: its order was stored by a newer release');
    }
    if (outcome.kind === 'created') {
      log.info({ orderId: outcome.order.id, event: 'ORDER_CREATED' }, 'order created');
      this.relayWakeUp.wake();
    }
    return outcome;
  }

  /**
   * The same statement again, for this order alone, and not just a look under the key: it waits for the first one
   * where that is still at work, so that what it answers stays true. Only a refusal could be overtaken by it, and
   * settles nothing.
   */
  private async settle(order: NewOrder, lost: unknown): Promise<CreateOrderOutcome> {
    let reason = lost;
    for (let attempt = 1; attempt <= SETTLE_ATTEMPTS && isAnswerLost(reason); attempt += 1) {
      log.warn({ err: reason, attempt }, 'the answer to a create was lost; asking again');
      await delay(Math.random() * SETTLE_PAUSE_MS);
      try {
        const outcome = await this.storeAlone(order);
        if (isSettled(outcome)) return outcome;
      } catch (error) {
        reason = error;
      }
    }
    throw reason;
  }

  private async attempt(order: NewOrder): Promise<CreateOrderOutcome> {
    const repetition = this.recentKeys.has(order) ? await this.findTogether(order) : undefined;
    return repetition ?? this.storeTogether(order);
  }

  private async storeAlone(order: NewOrder): Promise<CreateOrderOutcome> {
    const [outcome] = await this.storeList([order]);
    if (outcome === undefined) throw new Error('createOrders answered with no outcome');
    return outcome;
  }

  private async storeList(orders: readonly NewOrder[]): Promise<CreateOrderOutcome[]> {
    const outcomes = await retryRolledBack(() => createOrders(this.database, orders, this.settings));
    for (const [index, order] of orders.entries()) {
      if (isSettled(outcomes[index])) this.recentKeys.add(order);
    }
    return outcomes;
  }
}

function isSettled(outcome: CreateOrderOutcome | undefined): boolean {
  return ['created', 'replayed', 'key-reused'].includes(outcome?.kind ?? '');
}
