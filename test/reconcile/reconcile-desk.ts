import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import type { Config } from '../../src/config/config.js';
import type { GatewayBooks } from '../../src/payments/gateway-books.js';
import type { PaymentGateway } from '../../src/payments/payment-gateway.js';
import { buildReconcileSweep } from '../../src/payments/reconcile/build-reconciliation.js';
import type { ReconcileSweep } from '../../src/payments/reconcile/reconcile-sweep.js';
import { RefundDiscrepancy } from '../../src/payments/reconcile/refund-discrepancy.js';
import { StripeBooks } from '../../src/payments/stripe/stripe-books.js';
import type { Database } from '../../src/platform/database/database.js';
import { OrderSteps } from '../support/order-steps.js';
import { stripeClient } from '../support/sandbox.js';
import type { Environment } from '../support/test-system.js';

/** What OrderSteps.placeOrder() orders. */
export const TOTAL = 1_980;

export interface ListedDiscrepancy {
  readonly kind: string;
  readonly state: string;
  readonly payment: string;
  readonly order: string | null;
  readonly expected: number | null;
  readonly found: number | null;
  readonly resolvedBy: string | null;
}

interface SweepParts {
  readonly database?: Database;
  readonly books?: GatewayBooks;
  readonly gateway?: PaymentGateway;
  readonly settings?: Partial<Config['reconcile']>;
}

/** Orders processed step by step, payments that other programs make, and reconciliation, which a test runs. */
export class ReconcileDesk {
  readonly books: GatewayBooks;

  private constructor(
    readonly steps: OrderSteps,
    /** As another program with the same key. */
    readonly stripe: Stripe,
  ) {
    this.books = new StripeBooks(steps.config.payment);
  }

  static async open(overrides: Environment = {}): Promise<ReconcileDesk> {
    // Payments are compared at once, and the lists only when a test says so.
    const steps = await OrderSteps.open({
      RECONCILE_GRACE_MS: '0',
      RECONCILE_INTERVAL_MS: '86400000',
      ...overrides,
    });
    return new ReconcileDesk(steps, stripeClient(Number(new URL(steps.system.sandboxUrl).port)));
  }

  async close(): Promise<void> {
    await this.steps.close();
  }

  /** Without pauses between its requests. */
  sweep(parts: SweepParts = {}): ReconcileSweep {
    const { transitions, config } = this.steps;
    const { database = this.steps.database, books = this.books, gateway = this.steps.gateway } = parts;
    const reconcile = { ...config.reconcile, ...parts.settings };
    return buildReconcileSweep({
      database,
      transitions,
      gateway,
      books,
      config: { payment: config.payment, reconcile },
    });
  }

  refundDiscrepancy(parts: { books?: GatewayBooks; gateway?: PaymentGateway } = {}): RefundDiscrepancy {
    const { books = this.books, gateway = this.steps.gateway } = parts;
    return new RefundDiscrepancy(this.steps.database, gateway, books, this.steps.transitions);
  }

  /** As if an interval had passed: every list and every open discrepancy is due. */
  async passInterval(): Promise<void> {
    await this.steps.select(
      `UPDATE reconcile_progress SET finished_at = now() - interval '2 days' WHERE list <> 'gap'`,
    );
    await this.steps.select(`UPDATE payment_discrepancies SET checked_at = now() - interval '2 days'`);
  }

  /** Compares everything that is due now. */
  async reconcile(sweep = this.sweep()): Promise<void> {
    await this.passInterval();
    while ((await sweep.runOnce()).more > 0);
  }

  /** An order with its payment, charged and CONFIRMED. */
  async confirmed(): Promise<{ orderId: string; paymentId: string }> {
    const orderId = await this.steps.placeOrder();
    await this.steps.chargeToEnd(orderId);
    return { orderId, paymentId: await this.paymentOf(orderId) };
  }

  async paymentOf(orderId: string): Promise<string> {
    const [row] = await this.steps.select<{ id: string | null }>(
      'SELECT payment_intent_id AS id FROM payments WHERE order_id = $1',
      [orderId],
    );
    if (row?.id == null) throw new Error(`order ${orderId} has no payment`);
    return row.id;
  }

  /** Takes money as another program does. @returns the payment's id */
  async capture(metadata: Record<string, string> = {}, amount = TOTAL): Promise<string> {
    const { id } = await this.stripe.paymentIntents.create({
      amount,
      currency: 'eur',
      payment_method: 'pm_card_visa',
      allowed_payment_method_types: ['card'],
      metadata,
      confirm: true,
    });
    return id;
  }

  /** Money moves outside the API: in the dashboard, or at a bank. */
  async outside(path: string, body: object = {}): Promise<Record<string, unknown>> {
    const answer = await this.steps.sandbox.call('POST', path, body);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return answer.body as Record<string, unknown>;
  }

  /** The discrepancies of a payment or an order, oldest first. */
  async listed(id: string): Promise<ListedDiscrepancy[]> {
    return this.steps.select<ListedDiscrepancy>(
      `SELECT kind, state, gateway_payment_id AS payment, order_id::text AS "order", expected_amount AS expected,
         found_amount AS found, resolved_by AS "resolvedBy"
       FROM payment_discrepancies WHERE gateway_payment_id = $1 OR order_id::text = $1 ORDER BY id`,
      [id],
    );
  }

  /** As listed(), in short: kind and state. */
  async kinds(id: string): Promise<string[]> {
    return (await this.listed(id)).map(({ kind, state }) => `${kind} ${state}`);
  }

  /** The id of the only open discrepancy of a payment. */
  async openId(paymentId: string): Promise<string> {
    const rows = await this.steps.select<{ id: string }>(
      `SELECT id::text AS id FROM payment_discrepancies WHERE gateway_payment_id = $1 AND state = 'OPEN'`,
      [paymentId],
    );
    const [row] = rows;
    if (row === undefined || rows.length > 1) throw new Error(`${rows.length} are open for ${paymentId}`);
    return row.id;
  }

  /** What the gateway holds of a payment. */
  async held(paymentId: string): Promise<number> {
    const payment = await this.books.retrieve(paymentId);
    if (payment.status === 'unknown') throw new Error(payment.reason);
    return payment.received - payment.returned;
  }

  newOrderId(): string {
    return randomUUID();
  }

  /** The database, which calls `before` with the name of each statement that returns no rows. */
  databaseWith(before: (statement: string) => void): Database {
    const { database } = this.steps;
    const executeRaw = (texts: TemplateStringsArray, ...values: unknown[]) => {
      before(/^\/\* ([a-z-]+)/.exec(texts[0] ?? '')?.[1] ?? '');
      return database.$executeRaw(texts, ...values);
    };
    return new Proxy(database, {
      get: (target, name) => (name === '$executeRaw' ? executeRaw : (Reflect.get(target, name) as unknown)),
    });
  }
}

/** A random number from 0 to below `limit`. */
export function randomIn(limit: number): number {
  return Math.random() * limit;
}
