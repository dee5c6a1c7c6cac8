import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config.js';
import { Prisma } from '../generated/prisma/client.js';
import { OrderNews } from './order-news.js';
import { CONFIG } from '../platform/config-token.js';
import { Database } from '../platform/database.js';
import { log } from '../platform/logger.js';
import { retryRolledBack } from '../platform/retry-rolled-back.js';
import { isAtRest, type OrderEventType, type OrderStatus, statusAfter } from './order-status.js';

interface Step {
  readonly type: OrderEventType;
  /** One plain sentence for a person. */
  readonly detail?: string;
}

/** What happened to an order, as its caller saw it. */
export interface OrderTransition extends Step {
  readonly orderId: string;
  /** Status and version that the decision was made on. */
  readonly from: { readonly status: OrderStatus; readonly version: number };
  /** A second event of the same moment. */
  readonly followedBy?: Step;
  /** Only where it leads to PAYMENT_FAILED. */
  readonly failure?: { readonly code: string; readonly message: string };
  /** How long the order is left alone on purpose before its next step, in ms. */
  readonly pauseMs?: number;
  /** An operator has to decide first: no work is due until then. */
  readonly waitsForOperator?: boolean;
}

/**
 * A write that happens together with a transition, or not at all. Its statement selects from
 * `moved (id, version)`, which has the order's row where the transition takes place, and no row otherwise.
 */
export interface Companion {
  /** Lower case words with hyphens; the whole statement is prepared under a name made of these. */
  readonly name: string;
  readonly sql: Prisma.Sql;
}

/**
 * The only writer of an order's status: one compare-and-set on its version together with its events and
 * companions, in one statement. Whoever loses the race gets undefined and stops quietly: someone else did it.
 */
@Injectable()
export class OrderTransitions {
  constructor(
    private readonly database: Database,
    private readonly news: OrderNews,
    @Inject(CONFIG) private readonly config: Pick<Config, 'recovery'>,
  ) {}

  /**
   * Applies the transition and answers with the order's new version, or undefined where the order has moved on.
   * @throws where the transition table has no such edge (a defect of the caller), and what the database throws.
   */
  async apply(
    transition: OrderTransition,
    companions: readonly Companion[] = [],
  ): Promise<number | undefined> {
    const { orderId, from, failure = null } = transition;
    const events = eventsOf(transition);
    const status = events.at(-1)?.status ?? from.status;
    const workIsDue = !isAtRest(status) && transition.waitsForOperator !== true;
    const recoverAfterMs = workIsDue ? this.config.recovery.stuckAfterMs + (transition.pauseMs ?? 0) : null;
    const name = Prisma.raw(
      ['transition-order', ...companions.map((companion) => companion.name)].join('-with-'),
    );
    const writes = companions.map(
      ({ name, sql }) => Prisma.sql`, ${Prisma.raw(name.replaceAll('-', '_'))} AS (${sql})`,
    );
    const statement = Prisma.sql`/* ${name} */
      WITH moved AS (
        UPDATE orders SET
          status = ${status}::order_status,
          version = version + ${events.length}::int,
          updated_at = now(),
          recover_after = now() + ${recoverAfterMs}::int * interval '1 millisecond',
          failure_code = ${failure?.code ?? null}::text,
          failure_message = ${failure?.message ?? null}::text
        WHERE id = ${orderId}::uuid AND version = ${from.version}::int AND status = ${from.status}::order_status
        RETURNING id, version
      )${writes.length === 0 ? Prisma.empty : Prisma.join(writes, '')}
      INSERT INTO order_events (order_id, version, type, status, previous_status, detail)
      SELECT moved.id, ${from.version}::int + e.step, e.type::order_event_type, e.status::order_status,
        e.previous_status::order_status, e.detail
      FROM moved, unnest(
        ${events.map((event) => event.type)}::text[],
        ${events.map((event) => event.status)}::text[],
        ${events.map((event) => event.previousStatus)}::text[],
        ${events.map((event) => event.detail ?? null)}::text[]
      ) WITH ORDINALITY AS e (type, status, previous_status, detail, step)
      RETURNING version`;
    const rows = await retryRolledBack(() => this.database.$queryRaw<unknown[]>(statement));
    if (rows.length === 0) return undefined;
    const version = from.version + events.length;
    for (const { type } of events) log.info({ orderId, event: type, status, version }, 'order moved');
    this.news.publish(orderId, version);
    return version;
  }
}

function eventsOf({ type, detail, from, followedBy }: OrderTransition) {
  const steps: Step[] = [{ type, ...(detail === undefined ? {} : { detail }) }];
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
