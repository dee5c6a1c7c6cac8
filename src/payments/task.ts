import type { OrderEventType, Task } from '../orders/lifecycle.js';
import { MESSAGE_KIND } from '../orders/work-message.js';
import type { MessageKind } from '../outbox/message.js';
import type { WorkOrder } from './work-order.js';

export interface TaskRule {
  readonly messageKind: MessageKind;
  /** Of its jobs. BullMQ makes keys in Redis of both: a new name would leave jobs behind. */
  readonly queue: string;
  readonly job: string;
  /** Where its attempts are counted, with the gateway's idempotency key. */
  readonly table: 'payments' | 'refunds';
  readonly attempts: (order: WorkOrder) => number;
  /** The event of a worker's taking it up; null where the order is ready for it already. */
  readonly startedBy: OrderEventType | null;
  /** The event of an attempt without a definite answer. */
  readonly failedBy: OrderEventType;
  /** Types of the gateway's events after which it pays to ask again. */
  readonly webhooks: RegExp;
  /** What the customer is told of it; reasons are for operators. */
  readonly texts: { readonly failed: string; readonly deadLettered: string; readonly discarded: string };
  /** The order's failure where an operator gives the work up; null where giving up is no failure. */
  readonly discardedFailureCode: string | null;
}

/** How each task is done: tasks wait in queues of their own, so that a refund stands behind no backlog of charges. */
export const TASKS = {
  CHARGE: {
    messageKind: MESSAGE_KIND.CHARGE,
    queue: 'payments',
    job: 'charge-order',
    table: 'payments',
    attempts: ({ chargeAttempts }) => chargeAttempts,
    startedBy: 'PAYMENT_STARTED',
    failedBy: 'PAYMENT_ATTEMPT_FAILED',
    webhooks: /^payment_intent\.(succeeded|payment_failed|canceled)$/,
    texts: {
      failed: 'The payment could not be completed yet.',
      deadLettered: 'The payment could not be completed automatically. The shop is looking into it.',
      discarded: 'The payment was given up; no money was taken.',
    },
    discardedFailureCode: 'given_up',
  },
  REFUND: {
    messageKind: MESSAGE_KIND.REFUND,
    queue: 'refunds',
    job: 'refund-order',
    table: 'refunds',
    attempts: ({ refundAttempts }) => refundAttempts,
    startedBy: null,
    failedBy: 'PAYMENT_ATTEMPT_FAILED',
    webhooks: /^(payment_intent\.(succeeded|payment_failed|canceled)|(charge|refund)\..+)$/,
    texts: {
      failed: 'The money could not be returned yet.',
      deadLettered: 'The money could not be returned automatically. The shop is looking into it.',
      discarded: 'The order is cancelled; nothing is owed.',
    },
    discardedFailureCode: null,
  },
} as const satisfies Readonly<Record<Task, TaskRule>>;

/** The rule of the task whose messages are of this kind. */
export function taskOfKind(kind: MessageKind): TaskRule {
  const rule = Object.values<TaskRule>(TASKS).find(({ messageKind }) => messageKind === kind);
  if (rule === undefined) throw new Error(`no task has messages of the kind ${kind}`);
  return rule;
}

/** The task whose jobs have this name; undefined where none has. */
export function taskOfJob(name: string): Task | undefined {
  return (Object.keys(TASKS) as Task[]).find((task) => TASKS[task].job === name);
}
