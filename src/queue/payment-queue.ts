import type { JobsOptions } from 'bullmq';
import type { MessageKind } from '../outbox/message.js';
import { taskOfKind } from '../payments/task.js';

/** A job carries nothing but the order's id: everything else is read from PostgreSQL when the job runs. */
export interface PaymentJob {
  readonly orderId: string;
}

/** Each message's job has this id; it saves work and guarantees nothing, since a finished job's id is free again. */
export function jobIdFor({
  kind,
  orderId,
}: {
  readonly kind: MessageKind;
  readonly orderId: string;
}): string {
  return `${taskOfKind(kind).job}-${orderId}`;
}

/** The job for a message. Its id keeps a second delivery out of the queue while the first one waits or runs. */
export function jobFor(message: { readonly kind: MessageKind; readonly orderId: string }): {
  name: string;
  data: PaymentJob;
  opts: JobsOptions;
} {
  return {
    name: taskOfKind(message.kind).job,
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
