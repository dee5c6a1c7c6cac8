import { integer } from './variables/scalars.js';
import { section } from './variables/variable.js';

export const QUEUE = section({
  title: 'Worker',
  roles: ['worker'],
  variables: {
    concurrency: integer('WORKER_CONCURRENCY', {
      unit: 'charges',
      default: 25,
      min: 1,
      max: 1_000,
      description: 'Maximum number of charges in progress in one worker.',
      reason: 'Each mostly waits for the gateway.',
    }),
    refundConcurrency: integer('WORKER_REFUND_CONCURRENCY', {
      unit: 'refunds',
      default: 5,
      min: 1,
      max: 1_000,
      description: 'Maximum number of refunds in progress in one worker, besides the charges.',
      reason: 'Cancellations are few.',
    }),
    lockMs: integer('WORKER_LOCK_MS', {
      unit: 'ms',
      default: 5_000,
      min: 1_000,
      description:
        'How long the lock on a job lasts unless its worker renews it. Then, at the next stalled check, another ' +
        'worker takes the job.',
      reason:
        'How long the jobs of a killed worker wait. A worker that only pauses for longer loses its jobs, no more.',
    }),
    stalledCheckIntervalMs: integer('WORKER_STALLED_CHECK_INTERVAL_MS', {
      unit: 'ms',
      default: 2_000,
      min: 500,
      description: 'Interval at which workers look for jobs whose lock has expired.',
    }),
  },
});
