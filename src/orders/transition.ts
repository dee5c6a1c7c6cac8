import { Prisma } from '../generated/prisma/client.js';
import { type OrderEventType, type OrderStatus, statusAfter } from './lifecycle.js';
import type { OrderFailure } from './order.js';

interface Step {
  readonly type: OrderEventType;
  /** For the customer: one plain sentence. */
  readonly detail?: string;
  /** For operators: the technical reason, or what an operator wrote. */
  readonly note?: string;
}

export type Actor = 'customer' | 'worker' | 'gateway' | 'recovery' | `operator:${string}`;

/** A status change, as its caller decided on it. */
export interface OrderTransition extends Step {
  readonly orderId: string;
  /** The status and version that the caller read. */
  readonly from: { readonly status: OrderStatus; readonly version: number };
  readonly actor: Actor;
  /** A second event in the same statement. */
  readonly followedBy?: Step;
  /** Only with PAYMENT_FAILED. */
  readonly failure?: OrderFailure;
  /** An intended pause before the order's next step, in ms: recovery leaves the order alone meanwhile. */
  readonly pauseMs?: number;
  /** No work is due until an operator decides. */
  readonly waitsForOperator?: boolean;
  /**
   * The payment of which the gateway has told the outcome; null where none was stored. A database that has gone back may
   * have the same version of the order with another one, or without it. Not compared where undefined.
   */
  readonly paymentIntentId?: string | null;
}

/**
 * A write in the same statement as a transition. It selects from `moved (id, version, customer_id, ordinal)`, which has
 * the order's row where the transition takes place, and no row otherwise.
 */
export interface TransitionWrite {
  /** In kebab-case; part of the name under which the whole statement is prepared. */
  readonly name: string;
  readonly sql: Prisma.Sql;
  /** The transition takes place only where this query has a row. With FOR UPDATE, the row can't change before the write. */
  readonly onlyWhere?: Prisma.Sql;
}

/**
 * The events of a transition, each with the status before and after it.
 * @throws where the lifecycle table does not allow one of them
 */
export function eventsOf({ type, detail, note, from, followedBy }: OrderTransition) {
  const steps: Step[] = [
    { type, ...(detail === undefined ? {} : { detail }), ...(note === undefined ? {} : { note }) },
  ];
  if (followedBy !== undefined) steps.push(followedBy);
  let previousStatus = from.status;
  return steps.map((step) => {
    const status = statusAfter(step.type, previousStatus);
    if (status === undefined) throw new Error(`${step.type} is not allowed in ${previousStatus}`);
    const event = { ...step, previousStatus, status };
    previousStatus = status;
    return event;
  });
}

/** What the writes require of the whole statement: CTEs that come before `moved`, and more of its WHERE clause. */
export function conditionsOf(writes: readonly TransitionWrite[]): {
  readonly queries: Prisma.Sql;
  readonly conditions: Prisma.Sql;
} {
  let queries = Prisma.empty;
  let conditions = Prisma.empty;
  for (const { name, onlyWhere } of writes) {
    if (onlyWhere === undefined) continue;
    const cte = Prisma.raw(`${name.replaceAll('-', '_')}_condition`);
    queries = Prisma.sql`${queries}${cte} AS MATERIALIZED (${onlyWhere}), `;
    conditions = Prisma.sql`${conditions} AND EXISTS (SELECT FROM ${cte})`;
  }
  return { queries, conditions };
}
