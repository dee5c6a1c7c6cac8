import { Prisma } from '../generated/prisma/client.js';
import { CHARGE_ORDER, type MessageKind, REFUND_ORDER } from '../outbox/message.js';
import type { Task } from './lifecycle.js';
import type { TransitionWrite } from './transition.js';

export const MESSAGE_KIND = { CHARGE: CHARGE_ORDER, REFUND: REFUND_ORDER } as const satisfies Readonly<
  Record<Task, MessageKind>
>;

/** A transition write: the outbox message for `task`. Wake the relay after the commit. */
export function workMessage(task: Task): TransitionWrite {
  return {
    name: 'message',
    sql: Prisma.sql`INSERT INTO outbox_messages (kind, order_id)
      SELECT ${MESSAGE_KIND[task]}::text, moved.id FROM moved`,
  };
}
