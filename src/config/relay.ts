import { integer } from './variables/scalars.js';
import { section } from './variables/variable.js';

export const RELAY = section({
  title: 'Relay',
  roles: ['relay'],
  variables: {
    batchSize: integer('RELAY_BATCH_SIZE', {
      unit: 'messages',
      default: 500,
      min: 1,
      max: 5_000,
      description: 'Maximum number of outbox messages in a batch.',
      reason: "BullMQ's addBulk is fastest at some hundred jobs a call.",
    }),
    pollIntervalMs: integer('RELAY_POLL_INTERVAL_MS', {
      unit: 'ms',
      default: 500,
      min: 10,
      description: 'Interval at which the outbox is polled, besides wake-ups.',
      reason: 'Where a wake-up is lost, the oldest message still waits less than a second.',
    }),
    leaseMs: integer('RELAY_LEASE_MS', {
      unit: 'ms',
      default: 10_000,
      min: 100,
      description:
        'How long claimed messages are left to their relay. After that, another one may claim them.',
      reason: 'A batch takes well under a second, so a relay that holds one for this long was killed.',
    }),
  },
});
