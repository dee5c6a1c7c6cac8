import type pg from 'pg';
import type { RunningApplication } from '../../src/application.js';
import { statusAfter } from '../../src/orders/lifecycle.js';
import type { OrderTransition } from '../../src/orders/transition.js';
import { OrderTransitions } from '../../src/orders/transition-order.js';
import type { CreateOrderInput, CreateOrderMutation } from '../generated/graphql.js';
import type { ApiClient, GraphQLAnswer } from '../support/api-client.js';
import { CreateOrderDocument, orderInput } from '../support/documents.js';

export type CreateOrderResult = CreateOrderMutation['createOrder'];
type CreateOrderSuccess = Extract<CreateOrderResult, { __typename: 'CreateOrderSuccess' }>;

/** Row counts of the tables that createOrder writes to. */
export interface RowCounts {
  readonly orders: number;
  readonly items: number;
  readonly events: number;
  readonly messages: number;
}

export async function countRows(sql: pg.Pool): Promise<RowCounts> {
  const { rows } = await sql.query<RowCounts>(`SELECT
    (SELECT count(*)::int FROM orders) AS orders,
    (SELECT count(*)::int FROM order_items) AS items,
    (SELECT count(*)::int FROM order_events) AS events,
    (SELECT count(*)::int FROM outbox_messages) AS messages`);
  if (rows[0] === undefined) throw new Error('no counts');
  return rows[0];
}

/** createOrder's result of any type. @throws on an error outside the union */
export async function tryCreate(
  client: ApiClient,
  overrides: Partial<CreateOrderInput> = {},
): Promise<CreateOrderResult> {
  const { createOrder } = await client.data(CreateOrderDocument, { input: orderInput(overrides) });
  return createOrder;
}

/** @throws if createOrder does not return an order */
export async function create(
  client: ApiClient,
  overrides: Partial<CreateOrderInput> = {},
): Promise<CreateOrderSuccess> {
  const result = await tryCreate(client, overrides);
  if (result.__typename !== 'CreateOrderSuccess') throw new Error(JSON.stringify(result));
  return result;
}

/** The first error's code, and what it says is wrong with the input. */
export function refusal(answer: GraphQLAnswer<unknown>): { code: string | undefined; violations: unknown } {
  const extensions = answer.errors?.[0]?.extensions;
  return { code: extensions?.code, violations: extensions?.['violations'] };
}

/** The fields that an answer says are wrong. */
export function faultyFields(answer: GraphQLAnswer<unknown>): string[] {
  const { violations } = refusal(answer);
  return ((violations ?? []) as { field: string }[]).map(({ field }) => field);
}

export async function setProduct(
  sql: pg.Pool,
  product: { sku: string; unitAmount?: number; currency?: string; active?: boolean; name?: string },
): Promise<void> {
  const { sku, unitAmount = 100, currency = 'EUR', active = true, name = sku } = product;
  await sql.query(
    `INSERT INTO products (sku, name, unit_amount, currency, active) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (sku) DO UPDATE SET name = $2, unit_amount = $3, currency = $4, active = $5`,
    [sku, name, unitAmount, currency, active],
  );
}

/** Applies a transition as a worker does. @throws if another one came first */
export async function move(
  { app }: RunningApplication,
  orderId: string,
  type: OrderTransition['type'],
  from: OrderTransition['from'],
): Promise<OrderTransition['from']> {
  const failure =
    type === 'PAYMENT_DECLINED'
      ? { code: 'card_declined', message: 'Declined.', gatewayCode: null }
      : undefined;
  const transitions = app.get(OrderTransitions, { strict: false });
  const version = await transitions.apply({
    orderId,
    type,
    from,
    actor: 'worker',
    ...(failure && { failure }),
  });
  if (version === undefined) throw new Error(`${type} lost the race for ${orderId}`);
  return { status: statusAfter(type, from.status) ?? from.status, version };
}
