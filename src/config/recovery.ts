import { ROLES } from './roles.js';
import { integer } from './variables/scalars.js';
import { section } from './variables/variable.js';

export const RECOVERY = section({
  title: 'Recovery',
  roles: ['relay'],
  variables: {
    intervalMs: integer('RECOVERY_INTERVAL_MS', {
      unit: 'ms',
      default: 5_000,
      min: 100,
      description: 'Interval of the sweeps.',
    }),
    stuckAfterMs: integer('RECOVERY_STUCK_AFTER_MS', {
      unit: 'ms',
      default: 15_000,
      min: 100,
      roles: ROLES,
      description:
        'Time without progress after which an order is queued again. All processes need the same value.',
      reason:
        'Far longer than the way from a commit to the queue. Orders that are still queued then are left alone.',
    }),
    batchSize: integer('RECOVERY_BATCH_SIZE', {
      unit: 'rows',
      default: 500,
      min: 1,
      description: 'Maximum number of rows that one statement of a sweep handles.',
    }),
    outboxRetentionMs: integer('OUTBOX_RETENTION_MS', {
      unit: 'ms',
      default: 3_600_000,
      min: 0,
      description: 'How long delivered messages are kept.',
      reason: 'For those who investigate an incident.',
    }),
  },
});
