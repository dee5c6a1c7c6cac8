import type { JobsOptions } from 'bullmq';
import type { MessageKind } from '../outbox/message.js';
import { taskOfKind } from '../payments/task.js';

/** Everything else is read from PostgreSQL when the job runs. */
export interface PaymentJob {
  readonly orderId: string;
}

/** The same for all messages of an order's task. It saves work but guarantees nothing: a finished job frees its id. */
export function jobIdFor({
  kind,
  orderId,
}: {
  readonly kind: MessageKind;
  readonly orderId: string;
}): string {
  return `${taskOfKind(kind).job}-${orderId}`;
}

/** The job for a message. Its id keeps a second delivery out of the queue while the first waits or runs. */
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
      // A finished job left in Redis would block its id. PostgreSQL has the history.
      removeOnComplete: true,
      removeOnFail: true,
      // For unexpected errors. An outage or a failed attempt is a delay, not a failure of the job.
      attempts: 3,
      backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
    },
  };
}
