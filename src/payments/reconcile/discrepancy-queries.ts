import { Injectable } from '@nestjs/common';
import { Prisma, type PaymentDiscrepancy as Row } from '../../generated/prisma/client.js';
import type { OrderStatus } from '../../orders/lifecycle.js';
import type { Money } from '../../orders/order.js';
import { Database } from '../../platform/database/database.js';
import { UUID } from '../../platform/uuid.js';
import type { DiscrepancyKind, DiscrepancyState } from './discrepancy.js';

/** A difference between the gateway's books and the orders. */
export interface PaymentDiscrepancy {
  readonly id: string;
  readonly kind: DiscrepancyKind;
  readonly state: DiscrepancyState;
  /** Null for an orphan. */
  readonly orderId: string | null;
  readonly gatewayPaymentId: string;
  readonly expected: Money | null;
  readonly found: Money | null;
  readonly detail: string;
  readonly detectedAt: Date;
  readonly resolvedAt: Date | null;
  readonly resolvedBy: string | null;
  readonly reason: string | null;
}

interface OrderState {
  readonly id: string;
  readonly status: OrderStatus;
  readonly version: number;
}

/** A discrepancy with all that an operator's decision depends on, read in one statement. */
export interface DiscrepancyCase extends PaymentDiscrepancy {
  /** The operator who has decided to return the money; null where nobody has. */
  readonly refundBy: string | null;
  /** The order that it is about; null for an orphan. */
  readonly order: OrderState | null;
  /** The order whose stored payment this is, if any: not always the one that the discrepancy is about. */
  readonly payer: OrderState | null;
}

const COLUMNS = Prisma.sql`d.id::text AS id, d.kind, d.state, d.order_id::text AS "orderId",
      d.gateway_payment_id AS "gatewayPaymentId", d.expected_amount AS "expectedAmount",
      d.expected_currency::text AS "expectedCurrency", d.found_amount AS "foundAmount",
      d.found_currency::text AS "foundCurrency", d.detail, d.detected_at AS "detectedAt",
      d.resolved_at AS "resolvedAt", d.resolved_by AS "resolvedBy", d.reason`;

/** Reads payment discrepancies. */
@Injectable()
export class DiscrepancyQueries {
  constructor(private readonly database: Database) {}

  /** Up to `limit` of them, newest first, older than `afterId` where that is given. @param page.state null: any */
  async list(page: {
    readonly state: DiscrepancyState | null;
    readonly limit: number;
    readonly afterId: string | undefined;
  }): Promise<PaymentDiscrepancy[]> {
    const rows = await this.database.paymentDiscrepancy.findMany({
      where: { ...inState(page.state), ...(page.afterId === undefined ? {} : { id: { lt: page.afterId } }) },
      orderBy: { id: 'desc' },
      take: page.limit,
    });
    return rows.map(fromRow);
  }

  async count(state: DiscrepancyState | null): Promise<number> {
    return this.database.paymentDiscrepancy.count({ where: inState(state) });
  }

  /** @throws where there is no such discrepancy */
  async byId(id: string): Promise<PaymentDiscrepancy> {
    return fromRow(await this.database.paymentDiscrepancy.findUniqueOrThrow({ where: { id } }));
  }

  /**
   * Those of orders, newest first, by one query for any number of orders.
   * @param maxEach per order; the newest ones are returned
   * @returns one list for each entry of `orderIds`
   */
  async ofOrders(orderIds: readonly string[], maxEach: number): Promise<PaymentDiscrepancy[][]> {
    const rows = await this.database.$queryRaw<
      (Row & { readonly place: number })[]
    >`/* discrepancies-of-orders */
      SELECT w.place::int AS place, ${COLUMNS}
      FROM unnest(${orderIds}::uuid[]) WITH ORDINALITY AS w (order_id, place)
      CROSS JOIN LATERAL (
        SELECT * FROM payment_discrepancies WHERE order_id = w.order_id ORDER BY id DESC LIMIT ${maxEach}::int
      ) d ORDER BY w.place, d.id DESC`;
    const lists = orderIds.map((): PaymentDiscrepancy[] => []);
    for (const row of rows) lists[row.place - 1]?.push(fromRow(row));
    return lists;
  }

  /** Undefined where there is no such discrepancy, or `id` is not a UUID. */
  async caseOf(id: string): Promise<DiscrepancyCase | undefined> {
    if (!UUID.test(id)) return undefined;
    const [found] = await this.database.$queryRaw<
      (Row & Pick<DiscrepancyCase, 'refundBy' | 'order' | 'payer'>)[]
    >`/* load-discrepancy-case */
      SELECT ${COLUMNS}, d.refund_by AS "refundBy", ${orderState('o')} AS "order", ${orderState('payer')} AS payer
      FROM payment_discrepancies d LEFT JOIN orders o ON o.id = d.order_id
      LEFT JOIN payments p ON p.payment_intent_id = d.gateway_payment_id LEFT JOIN orders payer ON payer.id = p.order_id
      WHERE d.id = ${id}::uuid`;
    if (found === undefined) return undefined;
    const { refundBy, order, payer } = found;
    return { ...fromRow(found), refundBy, order, payer };
  }
}

function orderState(table: 'o' | 'payer'): Prisma.Sql {
  return Prisma.raw(`CASE WHEN ${table}.id IS NOT NULL THEN
        jsonb_build_object('id', ${table}.id, 'status', ${table}.status, 'version', ${table}.version) END`);
}

function inState(state: DiscrepancyState | null): { readonly state?: DiscrepancyState } {
  return state === null ? {} : { state };
}

function fromRow(
  row: Omit<Row, 'orderKey' | 'checkedAt' | 'refundBy' | 'refundReason' | 'refundKeyNumber'>,
): PaymentDiscrepancy {
  const { id, kind, state, orderId, gatewayPaymentId, detail, detectedAt, resolvedAt, resolvedBy, reason } =
    row;
  return {
    ...{ id, kind, state, orderId, gatewayPaymentId, detail, detectedAt, resolvedAt, resolvedBy, reason },
    expected: money(row.expectedAmount, row.expectedCurrency),
    found: money(row.foundAmount, row.foundCurrency),
  };
}

function money(amount: number | null, currency: string | null): Money | null {
  return amount === null || currency === null ? null : { amount, currency };
}
