import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { UUID } from '../platform/uuid.js';
import {
  eventFromRow,
  type Order,
  ORDER_COLUMNS,
  type OrderEvent,
  orderFromRow,
  type OrderItem,
} from './order.js';
import type { OrderStatus } from './lifecycle.js';

/** Whose orders a caller may see. */
export type Visibility = { readonly customerId: string } | 'all';

export function isVisible({ customerId }: Pick<Order, 'customerId'>, visibleTo: Visibility): boolean {
  return visibleTo === 'all' || visibleTo.customerId === customerId;
}

export interface OrderPage {
  readonly visibleTo: Visibility;
  /** undefined: any status. */
  readonly statuses: readonly OrderStatus[] | undefined;
}

/** Reads orders. An order that the caller may not see is treated as one that does not exist. */
@Injectable()
export class OrderQueries {
  constructor(private readonly database: Database) {}

  /** The visible orders among `ids`, in no particular order. Ids that are not UUIDs are ignored. */
  async byIds(ids: readonly string[], visibleTo: Visibility): Promise<Order[]> {
    const id = { in: ids.filter((candidate) => UUID.test(candidate)) };
    const rows = await this.database.order.findMany({
      where: { id, ...owner(visibleTo) },
      select: ORDER_COLUMNS,
    });
    return rows.map(orderFromRow);
  }

  async byIdempotencyKey(customerId: string, idempotencyKey: string): Promise<Order | undefined> {
    const row = await this.database.order.findUnique({
      where: { customerId_idempotencyKey: { customerId, idempotencyKey } },
      select: ORDER_COLUMNS,
    });
    return row === null ? undefined : orderFromRow(row);
  }

  /** Up to `limit` orders, newest first, older than `afterId` where that is given. */
  async list(
    page: OrderPage & { readonly limit: number; readonly afterId: string | undefined },
  ): Promise<Order[]> {
    const rows = await this.database.order.findMany({
      where: { ...filter(page), ...(page.afterId === undefined ? {} : { id: { lt: page.afterId } }) },
      orderBy: { id: 'desc' },
      take: page.limit,
      select: ORDER_COLUMNS,
    });
    return rows.map(orderFromRow);
  }

  async count(page: OrderPage): Promise<number> {
    return this.database.order.count({ where: filter(page) });
  }

  /** Items by order id, in the order in which the client sent them. */
  async items(orders: readonly Order[]): Promise<Map<string, OrderItem[]>> {
    const rows = await this.database.orderItem.findMany({
      where: { orderId: { in: orders.map(({ id }) => id) } },
      orderBy: [{ orderId: 'asc' }, { position: 'asc' }],
    });
    const currencies = new Map(orders.map(({ id, total }) => [id, total.currency]));
    return grouped(
      rows,
      ({ orderId }) => orderId,
      ({ orderId, sku, name, quantity, unitAmount }) => {
        const money = (amount: number) => ({ amount, currency: currencies.get(orderId) ?? '' });
        return { sku, name, quantity, unitPrice: money(unitAmount), lineTotal: money(unitAmount * quantity) };
      },
    );
  }

  /**
   * Events after a version, oldest first, by order id. One query for any number of orders.
   * @param maxEventsEach per order; the oldest ones are returned
   */
  async eventsAfter(
    wanted: readonly { readonly orderId: string; readonly afterVersion: number }[],
    maxEventsEach: number,
  ): Promise<Map<string, OrderEvent[]>> {
    const histories = await this.histories(wanted, maxEventsEach);
    return new Map(wanted.map(({ orderId }, index) => [orderId, histories[index] ?? []]));
  }

  /** As eventsAfter, but one list for each entry of `wanted`, which may name an order more than once. */
  async histories(
    wanted: readonly { readonly orderId: string; readonly afterVersion: number }[],
    maxEventsEach: number,
  ): Promise<OrderEvent[][]> {
    const rows = await this.database.$queryRaw<(OrderEvent & { readonly place: number })[]>`/* events-after */
      SELECT w.place::int AS place, e.order_id::text AS "orderId", o.customer_id AS "customerId", e.version, e.type, e.status, e.previous_status AS "previousStatus",
        e.detail, e.note, e.actor, e.occurred_at AS "occurredAt"
      FROM unnest(${wanted.map(({ orderId }) => orderId)}::uuid[], ${wanted.map(({ afterVersion }) => afterVersion)}::int[])
        WITH ORDINALITY AS w (order_id, after_version, place)
      JOIN orders o ON o.id = w.order_id
      CROSS JOIN LATERAL (
        SELECT * FROM order_events
        WHERE order_id = w.order_id AND version > w.after_version
        ORDER BY version LIMIT ${maxEventsEach}::int
      ) e`;
    const histories = wanted.map((): OrderEvent[] => []);
    for (const row of rows) histories[row.place - 1]?.push(eventFromRow(row));
    return histories;
  }

  /** Current versions by order id. */
  async versions(orderIds: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.database.$queryRaw<{ id: string; version: number }[]>`/* order-versions */
      SELECT id::text AS id, version FROM orders WHERE id = ANY (${orderIds}::uuid[])`;
    return new Map(rows.map(({ id, version }) => [id, version]));
  }
}

function owner(visibleTo: Visibility): { customerId?: string } {
  return visibleTo === 'all' ? {} : { customerId: visibleTo.customerId };
}

function filter({ visibleTo, statuses }: OrderPage) {
  return { ...owner(visibleTo), ...(statuses === undefined ? {} : { status: { in: [...statuses] } }) };
}

function grouped<Row, Value>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  valueOf: (row: Row) => Value,
) {
  const groups = new Map<string, Value[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row)) ?? [];
    group.push(valueOf(row));
    groups.set(keyOf(row), group);
  }
  return groups;
}
