import type { OrderEventType, Task } from '../orders/lifecycle.js';
import { MESSAGE_KIND } from '../orders/work-message.js';
import type { MessageKind } from '../outbox/message.js';
import type { WorkOrder } from './work-order.js';

export interface TaskRule {
  readonly messageKind: MessageKind;
  /** BullMQ's queue and job name. Both are part of Redis keys: after a rename, queued jobs would be orphaned. */
  readonly queue: string;
  readonly job: string;
  /** Has the attempts and the idempotency key for the gateway. */
  readonly table: 'payments' | 'refunds';
  readonly attempts: (order: WorkOrder) => number;
  /** The event with which a worker starts the task; null where there is none. */
  readonly startedBy: OrderEventType | null;
  /** The event of an attempt without a definite answer. */
  readonly failedBy: OrderEventType;
  /** Types of webhook events after which the worker should ask the gateway at once. */
  readonly webhooks: RegExp;
  /** For customers. */
  readonly texts: { readonly failed: string; readonly deadLettered: string; readonly discarded: string };
  /** The order's failure code after an operator discards the work; null where that is no failure. */
  readonly discardedFailureCode: string | null;
}

/** Each task has a queue of its own, so that refunds never wait behind a backlog of charges. */
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

export function taskOfKind(kind: MessageKind): TaskRule {
  const rule = Object.values<TaskRule>(TASKS).find(({ messageKind }) => messageKind === kind);
  if (rule === undefined) throw new Error(`no task for messages of kind ${kind}`);
  return rule;
}

export function taskOfJob(name: string): Task | undefined {
  return (Object.keys(TASKS) as Task[]).find((task) => TASKS[task].job === name);
}
