import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config.js';
import { OrderNews } from './order-news.js';
import { CONFIG } from '../platform/config-token.js';
import { Database } from '../platform/database.js';
import { log } from '../platform/logger.js';
import { allows, isAtRest, type OrderEventType, type OrderStatus, TRANSITIONS } from './order-status.js';

/** What happened to an order, as its caller saw it. */
export interface OrderTransition {
  readonly orderId: string;
  readonly type: OrderEventType;
  /** Status and version that the decision was made on. */
  readonly from: { readonly status: OrderStatus; readonly version: number };
  /** One plain sentence for a person. */
  readonly detail?: string;
  /** Only with PAYMENT_DECLINED. */
  readonly failure?: { readonly code: string; readonly message: string };
  /** How long the order is left alone on purpose before its next step, in ms. */
  readonly pauseMs?: number;
}

/**
 * The only writer of an order's status: one compare-and-set on its version together with the event, in one
 * statement. Whoever loses the race gets undefined and stops quietly: someone else did it.
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
  async apply(transition: OrderTransition): Promise<number | undefined> {
    const { orderId, type, from } = transition;
    if (!allows(type, from.status)) throw new Error(`${type} is not allowed in ${from.status}`);
    const status = TRANSITIONS[type].to;
    const recoverAfterMs = isAtRest(status)
      ? null
      : this.config.recovery.stuckAfterMs + (transition.pauseMs ?? 0);
    const rows = await this.database.$queryRaw<{ version: number }[]>`/* transition-order */
      WITH moved AS (
        UPDATE orders SET
          status = ${status}::order_status,
          version = version + 1,
          updated_at = now(),
          recover_after = now() + ${recoverAfterMs}::int * interval '1 millisecond',
          failure_code = ${transition.failure?.code ?? null}::text,
          failure_message = ${transition.failure?.message ?? null}::text
        WHERE id = ${orderId}::uuid AND version = ${from.version}::int AND status = ${from.status}::order_status
        RETURNING id, version
      )
      INSERT INTO order_events (order_id, version, type, status, previous_status, detail)
      SELECT id, version, ${type}::order_event_type, ${status}::order_status, ${from.status}::order_status,
        ${transition.detail ?? null}::text
      FROM moved
      RETURNING version`;
    const version = rows[0]?.version;
    if (version === undefined) return undefined;
    log.info({ orderId, event: type, status, version }, 'order moved');
    this.news.publish(orderId, version);
    return version;
  }
}
