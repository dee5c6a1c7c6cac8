import { Prisma } from '../generated/prisma/client.js';
import type { Actor, TransitionWrite } from '../orders/transition.js';
import type { OrderTransitions } from '../orders/transition-order.js';
import { taskIn } from '../orders/lifecycle.js';
import { log } from '../platform/observability/logger.js';
import { TASKS } from './task.js';
import type { WorkOrder } from './work-order.js';

export interface NewDeadLetter {
  readonly attempts: number;
  /** One plain sentence for operators. */
  readonly why: string;
  readonly actor: Actor;
}

/**
 * Opens a dead letter for the order's task, with its event. No more attempts are made until an operator decides.
 * @param writes more writes for the same statement
 * @returns the order's new version; undefined where the order has moved on, and nothing was written
 * @throws where no task is due, and what the database throws
 */
export async function openDeadLetter(
  transitions: OrderTransitions,
  order: Pick<WorkOrder, 'id' | 'status' | 'version'>,
  { attempts, why, actor }: NewDeadLetter,
  writes: readonly TransitionWrite[] = [],
): Promise<number | undefined> {
  const task = taskIn(order.status);
  if (task === undefined) throw new Error(`order ${order.id} is ${order.status}, in which no task is due`);
  log.error({ orderId: order.id, task, attempts, why }, 'opening a dead letter');
  const letter = {
    name: 'dead-letter',
    sql: Prisma.sql`INSERT INTO dead_letters (order_id, task, attempts, error)
      SELECT moved.id, ${task}::dead_letter_task, ${attempts}::int, ${why}::text FROM moved`,
  };
  return transitions.apply(
    {
      orderId: order.id,
      type: 'DEAD_LETTERED',
      from: order,
      actor,
      detail: TASKS[task].texts.deadLettered,
      note: why,
      waitsForOperator: true,
    },
    [letter, ...writes],
  );
}
