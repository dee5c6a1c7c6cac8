import { flag, integer } from './variables/scalars.js';
import { section } from './variables/variable.js';

const DAY_MS = 86_400_000;

export const RECONCILE = section({
  title: 'Reconciliation',
  roles: ['relay'],
  variables: {
    intervalMs: integer('RECONCILE_INTERVAL_MS', {
      unit: 'ms',
      default: 60_000,
      min: 100,
      description:
        "How often the gateway's books are compared with the orders, and an open discrepancy is checked again. What a " +
        'webhook tells of is compared within seconds.',
      reason:
        'With RECONCILE_GRACE_MS, a difference is listed within 5 minutes of the moment the gateway shows it.',
    }),
    graceMs: integer('RECONCILE_GRACE_MS', {
      unit: 'ms',
      default: 120_000,
      min: 0,
      description:
        'How young a payment is left alone. The clocks of PostgreSQL and of the gateway may differ by as much.',
      reason: 'The gateway lists a payment by its creation, and most take their money within a minute of it.',
    }),
    lookBackMs: integer('RECONCILE_LOOKBACK_MS', {
      unit: 'ms',
      default: DAY_MS,
      min: 0,
      description:
        'How far back refunds are read again each time, to find those that have failed since. A later failure is found ' +
        'by its webhook, or by `npm run reconcile`.',
      reason: 'Each time costs one request for 100 refunds.',
    }),
    returnDoublePayments: flag('RECONCILE_RETURN_DOUBLE_PAYMENTS', {
      default: true,
      description:
        'Whether a second payment of a confirmed order whose first one stands is returned by itself. If not, an ' +
        'operator decides, as about every other discrepancy.',
    }),
  },
});
