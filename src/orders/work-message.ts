import { Prisma } from '../generated/prisma/client.js';
import { CHARGE_ORDER, type MessageKind, REFUND_ORDER } from '../outbox/message.js';
import { type DeadLetterTask } from './dead-letter.js';
import type { Companion } from './transition-order.js';

const KINDS: Readonly<Record<DeadLetterTask, MessageKind>> = { CHARGE: CHARGE_ORDER, REFUND: REFUND_ORDER };

/** Together with a transition: the outbox message for the work that it causes. Wake the relay after the commit. */
export function workMessage(task: DeadLetterTask): Companion {
  return {
    name: 'message',
    sql: Prisma.sql`INSERT INTO outbox_messages (kind, order_id) SELECT ${KINDS[task]}::text, moved.id FROM moved`,
  };
}
