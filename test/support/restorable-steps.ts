import { randomUUID } from 'node:crypto';
import { CreateOrder } from '../../src/orders/create/create-order.js';
import { PayOrder } from '../../src/orders/pay-again/pay-order.js';
import { DatabaseCopy } from './database-copy.js';
import { OrderSteps } from './order-steps.js';
import type { Environment } from './test-system.js';
import { waitFor } from './wait-for.js';

/** A customer's createOrder, to be sent again under the same key. */
export interface Cart {
  readonly customerId: string;
  readonly idempotencyKey: string;
  readonly quantity: number;
  readonly paymentMethod: string;
}

export function newCart(paymentMethod = 'pm_card_visa'): Cart {
  return { customerId: randomUUID(), idempotencyKey: randomUUID(), quantity: 2, paymentMethod };
}

/** The parts of the system over a database that can be set back. */
export class RestorableSteps {
  private copy: DatabaseCopy | undefined;

  private constructor(readonly steps: OrderSteps) {}

  static async open(environment: Environment = {}): Promise<RestorableSteps> {
    return new RestorableSteps(await OrderSteps.open(environment));
  }

  async close(): Promise<void> {
    await this.steps.close();
    await this.copy?.drop();
  }

  /** Of the database as it is now, instead of an earlier copy. */
  async takeCopy(): Promise<void> {
    await this.copy?.drop();
    this.copy = await DatabaseCopy.take(this.steps.config.database.url);
    await this.untilConnected();
  }

  /** Sets the database back to the copy. */
  async setBack(): Promise<void> {
    await this.copy?.restore();
    await this.untilConnected();
  }

  /**
   * Sets the database back to the copy. Nothing remembers what was lost, so that the loss is not noticed by itself.
   * @param since.keysForgotten the gateway has forgotten the idempotency keys
   * @param since.gapIsKnown the loss is noticed
   */
  async restore({ keysForgotten = false, gapIsKnown = false } = {}): Promise<void> {
    await this.setBack();
    await this.steps.forgetHistory();
    if (keysForgotten) await this.steps.sandbox.call('DELETE', 'idempotency');
    if (gapIsKnown)
      await this.steps.select(
        `UPDATE database_marker SET gap_from = now() - interval '1 hour', gap_found_at = now()`,
      );
  }

  /** As if reconciliation had compared the payments of the gap. */
  async coverGap(): Promise<void> {
    await this.steps.select('UPDATE database_marker SET gap_from = NULL, gap_found_at = NULL');
  }

  async place({ quantity, ...rest }: Cart): Promise<string> {
    const items = [{ sku: 'cup-espresso', quantity }];
    const outcome = await this.steps.app.get(CreateOrder).create({ ...rest, items, expectedTotal: null });
    if (outcome.kind !== 'created') throw new Error(outcome.kind);
    return outcome.order.id;
  }

  /** A declined order that its customer pays again; the next payment is still to be made. */
  async placePaidAgain(): Promise<string> {
    const cart = newCart('pm_card_chargeDeclined');
    const orderId = await this.place(cart);
    await this.steps.chargeToEnd(orderId);
    await this.payAgain(orderId, cart.customerId, 'pm_card_visa');
    return orderId;
  }

  /** As the customer. */
  async payAgain(orderId: string, customerId: string, paymentMethod: string): Promise<void> {
    const { kind } = await this.steps.app.get(PayOrder).run({
      ...{ orderId, customerId, idempotencyKey: randomUUID(), paymentMethod },
      ...{ visibleTo: { customerId }, actor: 'customer' },
    });
    if (kind !== 'requested') throw new Error(kind);
  }

  /** Charges by a worker that dies before it confirms the payment. */
  async chargeUntilConfirm(orderId: string): Promise<void> {
    const gateway = this.steps.gatewayWith({
      confirmPaymentIntent: async () => {
        throw new Error('the worker dies here');
      },
    });
    await this.steps
      .chargeOrder({ gateway })
      .run(orderId)
      .catch(() => undefined);
  }

  /** The stored id of the order's payment; '' where none is stored. */
  async paymentIdOf(orderId: string): Promise<string> {
    const sql = 'SELECT payment_intent_id AS id FROM payments WHERE order_id = $1';
    return (await this.steps.select<{ id: string | null }>(sql, [orderId]))[0]?.id ?? '';
  }

  /** Captures of these orders' payments, whichever of them the payments name now. */
  async captures(...orderIds: string[]): Promise<number> {
    const counts = await Promise.all(orderIds.map((id) => this.steps.captures(id)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  private async untilConnected(): Promise<void> {
    await waitFor('PostgreSQL', () => this.steps.database.$queryRaw`SELECT 1`.then(() => true));
    await waitFor('PostgreSQL', () => this.steps.select('SELECT 1').then(() => true));
  }
}
