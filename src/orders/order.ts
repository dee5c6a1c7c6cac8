import { Prisma } from '../generated/prisma/client.js';
import type { OrderEventType, OrderStatus } from './lifecycle.js';

/** An amount in the currency's minor unit. */
export interface Money {
  readonly amount: number;
  /** ISO 4217, upper case. */
  readonly currency: string;
}

export interface OrderFailure {
  /** Code and message are for the customer. */
  readonly code: string;
  readonly message: string;
  /** For operators: the gateway's own code; null where it gave none or was not involved. */
  readonly gatewayCode: string | null;
}

export interface Order {
  readonly id: string;
  readonly customerId: string;
  readonly idempotencyKey: string;
  readonly status: OrderStatus;
  readonly version: number;
  readonly total: Money;
  readonly failure: OrderFailure | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface OrderItem {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: Money;
  readonly lineTotal: Money;
}

export interface OrderEvent {
  readonly orderId: string;
  readonly customerId: string;
  readonly version: number;
  readonly type: OrderEventType;
  readonly status: OrderStatus;
  readonly previousStatus: OrderStatus | null;
  readonly detail: string | null;
  /** For operators only. */
  readonly note: string | null;
  /** For operators only; null in old events. */
  readonly actor: string | null;
  readonly occurredAt: Date;
}

/** The columns of an Order in SQL, without those that only the worker needs (payment method, fingerprint). */
const COLUMNS = {
  id: 'o.id::text',
  customerId: 'o.customer_id',
  idempotencyKey: 'o.idempotency_key',
  status: 'o.status',
  version: 'o.version',
  totalAmount: 'o.total_amount',
  currency: 'o.currency::text',
  failureCode: 'o.failure_code',
  failureMessage: 'o.failure_message',
  failureGatewayCode: 'o.failure_gateway_code',
  createdAt: 'o.created_at',
  updatedAt: 'o.updated_at',
} as const satisfies Readonly<Record<keyof OrderRow, string>>;

/** For a statement with `orders o`. */
export const ORDER_SQL_COLUMNS = Prisma.raw(
  Object.entries(COLUMNS)
    .map(([name, column]) => `${column} AS "${name}"`)
    .join(', '),
);

/** For Prisma's select. */
export const ORDER_COLUMNS = Object.fromEntries(Object.keys(COLUMNS).map((name) => [name, true])) as Readonly<
  Record<keyof OrderRow, true>
>;

export interface OrderRow extends Pick<
  Order,
  'id' | 'customerId' | 'idempotencyKey' | 'status' | 'version' | 'createdAt' | 'updatedAt'
> {
  readonly totalAmount: number;
  readonly currency: string;
  readonly failureCode: string | null;
  readonly failureMessage: string | null;
  readonly failureGatewayCode: string | null;
}

export function orderFromRow(row: OrderRow): Order {
  const { totalAmount, currency, failureCode, failureMessage, failureGatewayCode, ...order } = row;
  return {
    ...order,
    total: { amount: totalAmount, currency },
    failure:
      failureCode === null
        ? null
        : { code: failureCode, message: failureMessage ?? failureCode, gatewayCode: failureGatewayCode },
  };
}

/**
 * Old events, which name no actor, may have technical reasons or an operator's words in their detail. Only the details
 * of these types were always written for customers.
 */
const PUBLIC_OLD_DETAILS: ReadonlySet<OrderEventType> = new Set([
  'PAYMENT_DECLINED',
  'REFUND_SUCCEEDED',
  'DEAD_LETTER_RETRIED',
]);

/** Decides which text of a stored event its customer may see. */
export function eventFromRow(event: OrderEvent): OrderEvent {
  if (event.actor !== null || event.detail === null || PUBLIC_OLD_DETAILS.has(event.type)) return event;
  return { ...event, detail: null, note: event.detail };
}
