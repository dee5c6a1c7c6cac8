import type { JobsOptions } from 'bullmq';
import { CHARGE_ORDER, type MessageKind, REFUND_ORDER } from '../outbox/message.js';

/**
 * Charges and refunds wait apart: a refund stands behind no backlog of charges, and behind no outage of theirs.
 * (Of these names BullMQ makes keys in Redis: a new one would leave jobs behind.)
 */
export const QUEUE_NAMES = {
  [CHARGE_ORDER]: 'payments',
  [REFUND_ORDER]: 'refunds',
} as const satisfies Record<MessageKind, string>;

/** A job carries nothing but the order's id: everything else is read from PostgreSQL when the job runs. */
export interface PaymentJob {
  readonly orderId: string;
}

const JOB_NAMES = {
  [CHARGE_ORDER]: 'charge-order',
  [REFUND_ORDER]: 'refund-order',
} as const satisfies Record<MessageKind, string>;
export type PaymentJobName = (typeof JOB_NAMES)[MessageKind];

/** Each message's job has this id; it saves work and guarantees nothing, since a finished job's id is free again. */
export function jobIdFor({
  kind,
  orderId,
}: {
  readonly kind: MessageKind;
  readonly orderId: string;
}): string {
  return `${JOB_NAMES[kind]}-${orderId}`;
}

/** The job for a message. Its id keeps a second delivery out of the queue while the first one waits or runs. */
export function jobFor(message: { readonly kind: MessageKind; readonly orderId: string }): {
  name: PaymentJobName;
  data: PaymentJob;
  opts: JobsOptions;
} {
  return {
    name: JOB_NAMES[message.kind],
    data: { orderId: message.orderId },
    opts: {
      jobId: jobIdFor(message),
      // PostgreSQL has the history; a finished job left in Redis would only block its id.
      removeOnComplete: true,
      removeOnFail: true,
      // For errors that nobody expects. What is expected (an outage, a failed attempt) is a delay, not a failure.
      attempts: 3,
      backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
    },
  };
}
