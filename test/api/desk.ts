import type { RunningApplication } from '../../src/application.js';
import { Quarantine } from '../../src/dead-letters/quarantine.js';
import type {
  CancelOrderMutation,
  DeadLettersQuery,
  DeadLettersQueryVariables,
  DiscardDeadLetterMutation,
  RetryDeadLetterMutation,
} from '../generated/graphql.js';
import { ApiClient } from '../support/api-client.js';
import { CancelOrderDocument } from '../support/documents.js';
import {
  DeadLettersDocument,
  DiscardDeadLetterDocument,
  RetryDeadLetterDocument,
} from '../support/operator-documents.js';
import { OrderSteps } from '../support/order-steps.js';
import type { Environment } from '../support/test-system.js';
import { create } from './orders-support.js';

export type DeadLetterNode = DeadLettersQuery['deadLetters']['edges'][number]['node'];

/** Two, so that one failed attempt can be followed by another. */
const MAX_ATTEMPTS = '2';
/** How long a call waits where the sandbox never answers. */
const GATEWAY_TIMEOUT_MS = '500';

/**
 * An API process and its callers: alice and bob are customers, olga is an operator. Orders are processed step by
 * step, so that each state can be reached and kept.
 */
export class Desk {
  private constructor(
    readonly steps: OrderSteps,
    readonly api: RunningApplication,
    readonly alice: ApiClient,
    readonly bob: ApiClient,
    readonly olga: ApiClient,
  ) {}

  static async open(overrides: Environment = {}): Promise<Desk> {
    const limits = { PAYMENT_MAX_ATTEMPTS: MAX_ATTEMPTS, PAYMENT_TIMEOUT_MS: GATEWAY_TIMEOUT_MS };
    const steps = await OrderSteps.open({ ...limits, ...overrides });
    const { system } = steps;
    const api = await system.start({ ROLE: 'api' });
    const client = async (sub: string, roles: string[] = []) =>
      new ApiClient(api.url, await system.token(sub, { roles }));
    const olga = await client('olga', ['operator']);
    return new Desk(steps, api, await client('alice'), await client('bob'), olga);
  }

  async close(): Promise<void> {
    await Promise.all([this.alice, this.bob, this.olga].map((client) => client.close()));
    await this.steps.close();
  }

  /** A new order of alice, PENDING. */
  async pending(paymentMethod = 'pm_card_visa'): Promise<string> {
    return (await create(this.alice, { paymentMethod })).order.id;
  }

  /** PAYMENT_PROCESSING after one failed attempt. */
  async processing(): Promise<string> {
    const id = await this.pending();
    await this.during({ kind: 'http_429', endpoint: 'payment_intents.confirm' }, () =>
      this.steps.chargeOrder().run(id),
    );
    return id;
  }

  async confirmed(): Promise<string> {
    const id = await this.pending();
    await this.steps.chargeToEnd(id);
    return id;
  }

  /** REQUIRES_ACTION: the bank asks for the customer. */
  async waiting(): Promise<string> {
    const id = await this.pending('pm_card_threeDSecure2Required');
    await this.steps.chargeToEnd(id);
    return id;
  }

  async cancelling(): Promise<string> {
    const id = await this.confirmed();
    await this.cancel(this.alice, id);
    return id;
  }

  async cancelled(): Promise<string> {
    const id = await this.cancelling();
    await this.steps.refundToEnd(id);
    return id;
  }

  async failed(): Promise<string> {
    const id = await this.pending('pm_card_chargeDeclined');
    await this.steps.chargeToEnd(id);
    return id;
  }

  /** PAYMENT_PROCESSING with an open dead letter. @param endpoint which call failed in every attempt */
  async deadCharge(endpoint = 'payment_intents.confirm'): Promise<string> {
    const id = await this.pending();
    await this.during({ kind: 'http_500', endpoint }, () => this.steps.chargeToEnd(id));
    return id;
  }

  /** As deadCharge(), but the payment succeeded and its answer was lost. */
  async deadChargeWithMoney(): Promise<string> {
    const id = await this.pending();
    const lost = { kind: 'charged_then_timeout', endpoint: 'payment_intents.confirm', count: 1 };
    await this.during(lost, () => this.steps.chargeOrder().run(id));
    await this.during({ kind: 'http_500', endpoint: 'payment_intents.retrieve' }, () =>
      this.steps.chargeToEnd(id),
    );
    return id;
  }

  /** PENDING with an open dead letter: its job was poison. */
  async deadBeforeCharge(): Promise<string> {
    const id = await this.pending();
    await this.quarantine(id);
    return id;
  }

  /** CANCELLING with an open dead letter: the money could not be returned. */
  async deadRefund(): Promise<string> {
    const id = await this.cancelling();
    await this.during({ kind: 'http_500', endpoint: 'refunds.create' }, () => this.steps.refundToEnd(id));
    return id;
  }

  async quarantine(orderId: string): Promise<void> {
    const { database, transitions } = this.steps;
    await new Quarantine(database, transitions).openDeadLetterFor(
      orderId,
      'Its worker died 6 times.',
      'worker',
    );
  }

  /** Runs `work` while the gateway has this fault. */
  async during(fault: object, work: () => Promise<unknown>): Promise<void> {
    await this.steps.sandbox.addFault(fault);
    try {
      await work();
    } finally {
      await this.steps.sandbox.clearFaults();
    }
  }

  async cancel(
    client: ApiClient,
    orderId: string,
    reason?: string | null,
  ): Promise<CancelOrderMutation['cancelOrder']> {
    const input = { orderId, ...(reason === undefined ? {} : { reason }) };
    return (await client.data(CancelOrderDocument, { input })).cancelOrder;
  }

  async list(variables: DeadLettersQueryVariables = {}): Promise<DeadLetterNode[]> {
    const { deadLetters } = await this.olga.data(DeadLettersDocument, variables);
    return deadLetters.edges.map(({ node }) => node);
  }

  /** The order's newest dead letter. @throws if it has none */
  async deadLetterOf(orderId: string): Promise<DeadLetterNode> {
    const letters = await this.list({ state: null, first: 100 });
    const found = letters.find(({ order }) => order.id === orderId);
    if (found === undefined) throw new Error(`order ${orderId} has no dead letter`);
    return found;
  }

  async retry(id: string): Promise<RetryDeadLetterMutation['retryDeadLetter']> {
    return (await this.olga.data(RetryDeadLetterDocument, { id })).retryDeadLetter;
  }

  async discard(
    id: string,
    reason = 'The customer was called.',
  ): Promise<DiscardDeadLetterMutation['discardDeadLetter']> {
    return (await this.olga.data(DiscardDeadLetterDocument, { id, reason })).discardDeadLetter;
  }

  /** The order's payment at the gateway. @throws if it has none */
  async paymentIntentId(orderId: string): Promise<string> {
    const [row] = await this.steps.select<{ id: string | null }>(
      'SELECT payment_intent_id AS id FROM payments WHERE order_id = $1',
      [orderId],
    );
    if (row?.id == null) throw new Error(`order ${orderId} has no payment`);
    return row.id;
  }

  /** All rows of an order and its work, to be compared. */
  async stored(orderId: string): Promise<unknown> {
    const [row] = await this.steps.select<{ stored: unknown }>(
      `SELECT jsonb_build_object(
         'order', (SELECT to_jsonb(o) FROM orders o WHERE o.id = $1),
         'events', (SELECT jsonb_agg(e ORDER BY e.version) FROM order_events e WHERE e.order_id = $1),
         'messages', (SELECT jsonb_agg(m.kind ORDER BY m.id) FROM outbox_messages m WHERE m.order_id = $1),
         'payRequests', (SELECT jsonb_agg(r ORDER BY r.idempotency_key) FROM pay_requests r WHERE r.order_id = $1),
         'deadLetters', (SELECT jsonb_agg(d ORDER BY d.id) FROM dead_letters d WHERE d.order_id = $1)) AS stored`,
      [orderId],
    );
    return row?.stored;
  }
}
