import { Prisma } from '../../generated/prisma/client.js';
import { mayTakeMoney, STATUSES_TAKING_MONEY, statusAfter, taskIn } from '../../orders/lifecycle.js';
import { retryOnConflict } from '../../orders/retry-on-conflict.js';
import type { TransitionWrite } from '../../orders/transition.js';
import type { OrderTransitions } from '../../orders/transition-order.js';
import type { Database } from '../../platform/database/database.js';
import { log } from '../../platform/observability/logger.js';
import type { BookedPayment } from '../gateway-books.js';
import { TASKS } from '../task.js';
import type { KnownOrder } from './compare-payment.js';
import { heldOf } from './discrepancy.js';
import { knownOrders } from './known-orders.js';

interface Attachment {
  readonly payment: BookedPayment;
  readonly order: KnownOrder;
}

/**
 * Stores payments as those of their orders, where PostgreSQL has lost that: the worker then finds the money instead of
 * taking it again. The same rules as for a new payment: an order's first stored payment stays, and the order has to be
 * charging. So an order whose charge has not begun is started in the same statement, and a cancellation returns the
 * money.
 */
export class AttachPayments {
  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
  ) {}

  /**
   * @param orders by the payments' ids
   * @returns the payments that have to be compared once more, whether they were attached or not
   * @throws what the database throws, and TooManyConflictsError
   */
  async run(
    payments: readonly BookedPayment[],
    orders: ReadonlyMap<string, KnownOrder>,
  ): Promise<BookedPayment[]> {
    const attachments = payments.flatMap((payment): Attachment[] => {
      const order = orders.get(payment.id);
      return isAttachable(payment, order) ? [{ payment, order }] : [];
    });
    // Where there are several, the one that holds money counts.
    const sorted = attachments.toSorted((a, b) => heldOf(b.payment) - heldOf(a.payment));
    for (const attachment of sorted) await this.attach(attachment);
    return attachments.map(({ payment }) => payment);
  }

  /** Again where the order has moved on: once the gap is covered, a charge no longer looks for the payment. */
  private async attach({ payment, order }: Attachment): Promise<void> {
    let current: KnownOrder | undefined = order;
    await retryOnConflict('attaching its payment', async () => {
      if (!isAttachable(payment, current) || (await this.tryToAttach({ payment, order: current })))
        return true;
      const { version } = current;
      current = (await knownOrders(this.database, [payment])).get(payment.id);
      // The order has not moved on: it was decided to return the money.
      return current?.version === version ? true : undefined;
    });
  }

  private async tryToAttach({ payment, order }: Attachment): Promise<boolean> {
    const { startedBy } = TASKS.CHARGE;
    const isAttached = mayTakeMoney(order.status)
      ? await this.store(payment.id, order.id)
      : statusAfter(startedBy, order.status) !== undefined &&
        (await this.transitions.apply(
          {
            orderId: order.id,
            type: startedBy,
            from: order,
            actor: 'recovery',
            note: `Its payment ${payment.id} was found at the gateway.`,
            waitsForOperator: order.waitsForOperator,
          },
          [attachmentWrite(payment.id)],
        )) !== undefined;
    if (isAttached) log.warn({ orderId: order.id, paymentId: payment.id }, 'a payment was attached');
    return isAttached;
  }

  /** Locks the order's row: a cancellation that commits before leaves nothing stored, a later one sees the payment. */
  private async store(paymentId: string, orderId: string): Promise<boolean> {
    const rows = await this.database.$queryRaw<{ paymentId: string | null }[]>`/* attach-payment */
      WITH moved AS (
        SELECT id FROM orders WHERE id = ${orderId}::uuid AND status = ANY (${STATUSES_TAKING_MONEY}::order_status[]) FOR SHARE
      )
      ${attachmentWrite(paymentId).sql} RETURNING payment_intent_id AS "paymentId"`;
    return rows[0]?.paymentId === paymentId;
  }
}

/** Whether the payment may become the one that counts for its order. Others have taken no money, and never will. */
function isAttachable({ status }: BookedPayment, order: KnownOrder | undefined): order is KnownOrder {
  return (
    order !== undefined &&
    order.paymentIntentId === null &&
    !order.paymentIsClosed &&
    taskIn(order.status) === 'CHARGE' &&
    (status === 'succeeded' || status === 'processing')
  );
}

function attachmentWrite(paymentId: string): TransitionWrite {
  return {
    name: 'attachment',
    sql: Prisma.sql`INSERT INTO payments AS p (order_id, payment_intent_id)
      SELECT moved.id, ${paymentId}::text FROM moved
      -- Not where it was decided to return the money, or is being decided.
      WHERE NOT EXISTS (
        SELECT FROM (
          SELECT refund_by FROM payment_discrepancies WHERE gateway_payment_id = ${paymentId}::text FOR SHARE
        ) d WHERE refund_by IS NOT NULL
      )
      ON CONFLICT (order_id) DO UPDATE SET payment_intent_id = coalesce(p.payment_intent_id, excluded.payment_intent_id)
      WHERE NOT p.closed`,
  };
}
