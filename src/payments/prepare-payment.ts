import type { Database } from '../platform/database/database.js';
import { batched } from '../platform/database/statement-batcher.js';
import { beginGeneration, type ChargeAttempt, paymentMethodOf } from './attempts.js';
import type { EarlierPayment, EarlierPayments } from './earlier-payments.js';
import { chargeKey } from './gateway-keys.js';
import {
  GatewayUnavailableError,
  type PaymentGateway,
  type PaymentIntent,
  type Refusal,
  type UnknownPayment,
} from './payment-gateway.js';
import { closePayment, type CreatedPayment, storePaymentIntentIds } from './payment-intents.js';
import type { RewindGuard } from './rewind/rewind-guard.js';
import type { WorkOrder } from './work-order.js';

/**
 * superseded: the order is no longer being charged. returned: an earlier payment under the same key was taken and
 * returned, so no more may be taken.
 */
export type Prepared =
  | PaymentIntent
  | Refusal
  | UnknownPayment
  | { readonly status: 'superseded' }
  | { readonly status: 'returned'; readonly why: string };

/**
 * Gets an order the one PaymentIntent that may be confirmed: the stored one, an earlier one that PostgreSQL has lost,
 * or a new one, which is created under a derived key and stored. Moves no money.
 */
export class PreparePayment {
  private readonly storeIntentId = batched((prepared: readonly CreatedPayment[]) =>
    storePaymentIntentIds(this.database, prepared),
  );

  constructor(
    private readonly database: Database,
    private readonly gateway: PaymentGateway,
    private readonly earlier: EarlierPayments,
    private readonly rewinds: Pick<RewindGuard, 'require'>,
  ) {}

  /** @throws GatewayUnavailableError, and what the database throws */
  async run(order: WorkOrder, attempt: ChargeAttempt): Promise<Prepared> {
    if (attempt.paymentIntentId !== null) return this.gateway.retrievePaymentIntent(attempt.paymentIntentId);
    await this.rewinds.require(order);
    if (this.earlier.mayExist(order)) {
      const adopted = await this.adopt(order, attempt);
      if (adopted !== undefined) return adopted;
    }
    // After that: a lost payment may be newer than the one that failed before.
    if (attempt.previousPaymentIntentId !== null)
      return this.replacePrevious(order, attempt, attempt.previousPaymentIntentId);
    return this.create(order, attempt);
  }

  /** No payment is made while the one before may still succeed. If it has, it is the order's payment. */
  private async replacePrevious(
    order: WorkOrder,
    attempt: ChargeAttempt,
    previousId: string,
  ): Promise<Prepared> {
    const previous = await this.gateway.cancelPaymentIntent(previousId);
    switch (previous.status) {
      case 'cancelled':
        return this.createNext(order, attempt);
      case 'succeeded': {
        const adopted = await this.prepared(
          order,
          attempt,
          await this.earlier.adoptOneOf(order, [previousId]),
        );
        if (adopted !== undefined) return adopted;
        throw new GatewayUnavailableError('the payment before can not be read', { isGlobal: true });
      }
      case 'unknown':
        return previous;
      case 'unconfirmed':
      case 'processing':
      case 'declined':
      case 'requires-action':
        throw new GatewayUnavailableError('the payment before is still being processed', { isGlobal: true });
    }
  }

  private async create(order: WorkOrder, attempt: ChargeAttempt): Promise<Prepared> {
    const { id: orderId, orderKey, amount, currency } = order;
    const { generation } = attempt;
    const paymentMethod = paymentMethodOf(order, attempt);
    const idempotencyKey = attempt.storedKey ?? chargeKey(orderKey, attempt);
    const input = { orderId, orderKey, amount, currency, paymentMethod, idempotencyKey };
    const created = await this.gateway.createPaymentIntent(input);
    if (created.status === 'unknown') return created;
    if (created.status === 'key-reused') return this.replaceReusedKey(order, attempt);
    if (created.status === 'refused') {
      const storedBefore = await closePayment(this.database, { orderId, generation });
      if (storedBefore === undefined) return { status: 'superseded' };
      return storedBefore === null ? created : this.gateway.retrievePaymentIntent(storedBefore);
    }
    const stored = await this.storeIntentId({ orderId, paymentIntentId: created.id, generation });
    if (stored === undefined) return { status: 'superseded' };
    return stored === created.id ? created : this.gateway.retrievePaymentIntent(stored);
  }

  /** The key's first use was for an order that PostgreSQL has lost, or its row is from before derived keys. */
  private async replaceReusedKey(order: WorkOrder, attempt: ChargeAttempt): Promise<Prepared> {
    const adopted = attempt.storedKey === null ? await this.adopt(order, attempt) : undefined;
    if (adopted !== undefined) return adopted;
    throw new GatewayUnavailableError('the idempotency key was used without a payment', {
      keyConsumed: true,
      isGlobal: true,
    });
  }

  private async adopt(order: WorkOrder, attempt: ChargeAttempt): Promise<Prepared | undefined> {
    return this.prepared(order, attempt, await this.earlier.adopt(order, attempt));
  }

  /** Undefined where a new payment may be made under the attempt's key. */
  private async prepared(
    order: WorkOrder,
    attempt: ChargeAttempt,
    earlier: EarlierPayment,
  ): Promise<Prepared | undefined> {
    switch (earlier.kind) {
      case 'adopted':
        return this.gateway.retrievePaymentIntent(earlier.paymentIntentId);
      case 'superseded':
        return { status: 'superseded' };
      case 'returned':
        return { status: 'returned', why: earlier.why };
      case 'none':
        return undefined;
      case 'spent':
        return this.createNext(order, attempt);
    }
  }

  private async createNext(order: WorkOrder, attempt: ChargeAttempt): Promise<Prepared> {
    await beginGeneration(this.database, order.id, attempt);
    const generation = attempt.generation + 1;
    return this.create(order, { ...attempt, storedKey: null, generation, keyNumber: 0 });
  }
}
