import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { RelayWakeUp } from '../../outbox/relay-wake-up.js';
import { isAnswerLost } from '../../platform/database/database-errors.js';
import { Database } from '../../platform/database/database.js';
import { log } from '../../platform/observability/logger.js';
import { withTimeout } from '../../platform/with-timeout.js';
import { CreateOrderBatches } from './create-order-batches.js';
import { type CreateOrderOutcome, keyOf, type NewOrder } from './create-order-outcome.js';

/** The first new connection usually answers. If not, the server has a problem that the client should wait out. */
const MAX_SETTLE_ATTEMPTS = 3;
/** A server that closes its connections has closed all of them by then. */
const MAX_SETTLE_PAUSE_MS = 50;
/** Half an hour of a busy shop's orders, in a few MB. A replay of a forgotten key costs one more round trip. */
const MAX_RECENT_KEYS = 20_000;

/** Creates orders. Never waits for Redis: the relay is woken after the commit, best effort. */
@Injectable()
export class CreateOrder {
  /** Keys that have an order. A replay of one is first looked up, which is cheaper than the insert. */
  private readonly recentKeys = new LRUCache<string, true>({ max: MAX_RECENT_KEYS });
  private readonly batches: CreateOrderBatches;
  private readonly answerTimeoutMs: number;

  constructor(
    database: Database,
    private readonly relayWakeUp: RelayWakeUp,
    @Inject(CONFIG) config: Pick<Config, 'recovery' | 'database' | 'payment'>,
  ) {
    const recoverAfterMs = config.recovery.stuckAfterMs;
    const { maxDeclinesPerHour } = config.payment;
    const { answerTimeoutMs, queueLimit } = config.database;
    this.batches = new CreateOrderBatches(database, { recoverAfterMs, maxDeclinesPerHour }, queueLimit);
    this.answerTimeoutMs = answerTimeoutMs;
  }

  /**
   * Stores the order, or finds the one under its key. A lost answer is settled by running the statement again; the
   * outcome is then 'replayed' even where this call stored the order.
   * @throws what the database throws, and DeadlineExceededError after DATABASE_ANSWER_TIMEOUT_MS; the outcome may
   * then be unknown, and the same call again settles it
   */
  async create(order: NewOrder): Promise<CreateOrderOutcome> {
    return withTimeout(this.answerTimeoutMs, 'storing an order', this.store(order));
  }

  private async store(order: NewOrder): Promise<CreateOrderOutcome> {
    let outcome;
    try {
      outcome = await this.attempt(order);
    } catch (error) {
      if (!isAnswerLost(error)) throw error;
      outcome = await this.settle(order, error);
      // The lost attempt may have stored the order, and nobody has woken the relay for it.
      this.relayWakeUp.wake();
    }
    if (hasOrder(outcome)) this.recentKeys.set(keyOf(order), true);
    if (outcome.kind === 'unknown-fingerprint-version') {
      const { orderId } = outcome;
      log.warn({ orderId }, 'cannot answer a repeated createOrder: a newer release stored its order');
    }
    if (outcome.kind === 'created') {
      log.info({ orderId: outcome.order.id, event: 'ORDER_CREATED' }, 'order created');
      this.relayWakeUp.wake();
    }
    return outcome;
  }

  private async attempt(order: NewOrder): Promise<CreateOrderOutcome> {
    const replay = this.recentKeys.has(keyOf(order)) ? await this.batches.findReplay(order) : undefined;
    return replay ?? this.batches.create(order);
  }

  /**
   * Runs the statement again for this order alone. A look-up by key would not do: the insert waits for a lost one
   * that is still running, so its answer stays true. A rejection settles nothing, since the lost statement may yet
   * commit.
   */
  private async settle(order: NewOrder, lost: unknown): Promise<CreateOrderOutcome> {
    let reason = lost;
    for (let attempt = 1; attempt <= MAX_SETTLE_ATTEMPTS && isAnswerLost(reason); attempt += 1) {
      log.warn({ err: reason, attempt }, 'lost the answer to a createOrder statement; running it again');
      await delay(Math.random() * MAX_SETTLE_PAUSE_MS);
      try {
        const outcome = await this.batches.createAlone(order);
        if (hasOrder(outcome)) return outcome;
      } catch (error) {
        reason = error;
      }
    }
    throw reason;
  }
}

/** Whether the key is known to have an order. */
function hasOrder({ kind }: CreateOrderOutcome): boolean {
  return kind === 'created' || kind === 'replayed' || kind === 'key-reused';
}
