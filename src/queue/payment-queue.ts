import type { JobsOptions } from 'bullmq';
import { CHARGE_ORDER, type MessageKind } from '../outbox/message.js';

export const PAYMENT_QUEUE = 'payments';

/** A job carries nothing but the order's id: everything else is read from PostgreSQL when the job runs. */
export interface PaymentJob {
  readonly orderId: string;
}

const JOB_NAMES: Readonly<Record<MessageKind, string>> = { [CHARGE_ORDER]: 'charge-order' };

/**
 * The job for a message. Its id keeps a second delivery out of the queue while the first one waits or runs;
 * that saves work and guarantees nothing, since a finished job's id is free again.
 */
export function jobFor(message: { readonly kind: MessageKind; readonly orderId: string }): {
  name: string;
  data: PaymentJob;
  opts: JobsOptions;
} {
  const name = JOB_NAMES[message.kind];
  return {
    name,
    data: { orderId: message.orderId },
    opts: {
      jobId: `${name}-${message.orderId}`,
      // PostgreSQL has the history; a finished job left in Redis would only block its id.
      removeOnComplete: true,
      removeOnFail: true,
      // For errors that the handler doesn't expect, such as a lost database; recovery stands behind it.
      attempts: 10,
      backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
    },
  };
}
