import { Prisma } from '../generated/prisma/client.js';
import type { OrderEventType, OrderStatus } from './lifecycle.js';

/** An amount in the currency's minor unit. */
export interface Money {
  readonly amount: number;
  /** ISO 4217, upper case. */
  readonly currency: string;
}

/** Why a payment failed. */
export interface OrderFailure {
  /** Code and sentence are fit for the customer. */
  readonly code: string;
  readonly message: string;
  /** The gateway's own code, for operators; null where the gateway gave none, or was not asked. */
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
  /** Whose order it is. */
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

/** In SQL, the columns behind an Order; what only the worker needs (payment method, fingerprint) stays out. */
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

/** For a statement in which orders is called o. */
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
 * Events from before they named an actor have whatever was known in their detail: technical reasons, and what operators
 * wrote. These types' details never were more than a sentence for the customer.
 */
const PUBLIC_OLD_DETAILS: ReadonlySet<OrderEventType> = new Set([
  'PAYMENT_DECLINED',
  'REFUND_SUCCEEDED',
  'DEAD_LETTER_RETRIED',
]);

/** The one place that decides which text of a stored event is for its customer. */
export function eventFromRow(event: OrderEvent): OrderEvent {
  if (event.actor !== null || event.detail === null || PUBLIC_OLD_DETAILS.has(event.type)) return event;
  return { ...event, detail: null, note: event.detail };
}
