import { integer, secret } from './variables/scalars.js';
import { section } from './variables/variable.js';

const DAY_MS = 86_400_000;

export const SANDBOX_WEBHOOK_SECRET = 'whsec_sandbox';

export const WEBHOOK = section({
  title: 'Webhooks',
  roles: ['api'],
  variables: {
    secret: secret('STRIPE_WEBHOOK_SECRET', {
      required: ({ production, roles }) => production && roles.has('api'),
      default: SANDBOX_WEBHOOK_SECRET,
      description:
        'Secret that signs the webhooks. The default is that of the sandbox, which production refuses together ' +
        'with a live `STRIPE_SECRET_KEY`.',
    }),
    bodyLimitBytes: integer('WEBHOOK_BODY_LIMIT_BYTES', {
      unit: 'bytes',
      default: 262_144,
      min: 1_000,
      description: "Maximum size of a webhook's body.",
      reason: "A payment's events have a few KB; the rest is for metadata that somebody may add to it.",
    }),
    retentionMs: integer('WEBHOOK_RETENTION_MS', {
      unit: 'ms',
      default: 7 * DAY_MS,
      min: 0,
      roles: ['relay'],
      description: 'How long the ids of received events are kept, by which repeated ones are recognized.',
      reason: 'Stripe repeats an event for up to three days.',
    }),
  },
});
