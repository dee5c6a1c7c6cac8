import { randomUUID } from 'node:crypto';
import type {
  DiscrepancyAction,
  DiscrepancyPartsFragment,
  PaymentDiscrepanciesQuery,
  PaymentDiscrepanciesQueryVariables,
  ResolvePaymentDiscrepancyMutation,
} from '../generated/graphql.js';
import type { ApiClient } from '../support/api-client.js';
import {
  OrderDiscrepanciesDocument,
  PaymentDiscrepanciesDocument,
  ResolvePaymentDiscrepancyDocument,
} from '../support/discrepancy-documents.js';
import type { OrderSteps } from '../support/order-steps.js';
import { payment, stripeClient } from '../support/sandbox.js';

export type Discrepancy = DiscrepancyPartsFragment;
export type ResolveResult = ResolvePaymentDiscrepancyMutation['resolvePaymentDiscrepancy'];

/** An operator's reason. */
export const WHY = 'The bank was called.';
const OUTSIDE = 1_250;

export interface NewDiscrepancy {
  readonly kind: Discrepancy['kind'];
  readonly paymentId?: string;
  readonly orderId?: string;
  readonly state?: Discrepancy['state'];
}

/** Stores a discrepancy, as reconciliation does. @returns its id */
export async function storeDiscrepancy(steps: OrderSteps, wanted: NewDiscrepancy): Promise<string> {
  const { kind, paymentId = `pi_${randomUUID()}`, orderId = null, state = 'OPEN' } = wanted;
  const [by, reason, at] =
    state === 'OPEN' ? [null, null, null] : ['reconciliation', 'They agree again.', new Date()];
  const expected = orderId === null ? [null, null] : [1_980, 'EUR'];
  const [stored] = await steps.select<{ id: string }>(
    `INSERT INTO payment_discrepancies (kind, gateway_payment_id, order_id, state, resolved_by, reason, resolved_at,
       expected_amount, expected_currency, found_amount, found_currency, detail)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, ${OUTSIDE}, 'EUR', 'The books differ from the order.')
     RETURNING id::text AS id`,
    [kind, paymentId, orderId, state, by, reason, at, ...expected],
  );
  if (stored === undefined) throw new Error('no discrepancy was stored');
  return stored.id;
}

/** The gateway's API, as any other program uses it. */
export function stripeOf({ system }: OrderSteps): ReturnType<typeof stripeClient> {
  return stripeClient(Number(new URL(system.sandboxUrl).port));
}

/** Another program takes money at the gateway, in the name of an order. @returns the payment's id */
export async function payOutside(steps: OrderSteps, orderId: string): Promise<string> {
  const { id } = await stripeOf(steps).paymentIntents.create(
    payment(orderId, { amount: OUTSIDE, confirm: true }),
  );
  return id;
}

/** The stored payment of an order. @throws if it has none */
export async function paymentOf(steps: OrderSteps, orderId: string): Promise<string> {
  const [row] = await steps.select<{ id: string | null }>(
    'SELECT payment_intent_id AS id FROM payments WHERE order_id = $1',
    [orderId],
  );
  if (row?.id == null) throw new Error(`order ${orderId} has no payment`);
  return row.id;
}

export async function resolve(
  operator: ApiClient,
  id: string,
  action: DiscrepancyAction,
  reason = WHY,
): Promise<ResolveResult> {
  const { resolvePaymentDiscrepancy } = await operator.data(ResolvePaymentDiscrepancyDocument, {
    ...{ id, action, reason },
  });
  return resolvePaymentDiscrepancy;
}

export async function pageOf(
  operator: ApiClient,
  variables: PaymentDiscrepanciesQueryVariables = {},
): Promise<PaymentDiscrepanciesQuery['paymentDiscrepancies']> {
  return (await operator.data(PaymentDiscrepanciesDocument, variables)).paymentDiscrepancies;
}

export async function discrepanciesOf(operator: ApiClient, orderId: string): Promise<Discrepancy[]> {
  const { order } = await operator.data(OrderDiscrepanciesDocument, { id: orderId });
  return order?.discrepancies ?? [];
}

/** One discrepancy, whatever its state. @throws if there is none */
export async function discrepancyWith(operator: ApiClient, id: string): Promise<Discrepancy> {
  const { edges } = await pageOf(operator, { first: 100, state: null });
  const found = edges.find(({ node }) => node.id === id);
  if (found === undefined) throw new Error(`there is no discrepancy ${id}`);
  return found.node;
}

/** The entries of the audit log about one discrepancy, oldest first. */
export async function auditOf(steps: OrderSteps, id: string): Promise<unknown[]> {
  return steps.select(
    'SELECT actor, action, reason, detail FROM audit_log WHERE target = $1 ORDER BY audit_log.id',
    [id],
  );
}
