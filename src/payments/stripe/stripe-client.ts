import { Stripe } from 'stripe';
import type { Config } from '../../config/config.js';

/** Stripe's package without its own retries: ours are recorded, with backoff, and look up the outcome first. */
export function stripeClient({
  secretKey,
  apiBase,
  timeoutMs,
}: Pick<Config['payment'], 'secretKey' | 'apiBase' | 'timeoutMs'>): Stripe {
  const base = apiBase === undefined ? undefined : new URL(apiBase);
  return new Stripe(secretKey, {
    timeout: timeoutMs,
    maxNetworkRetries: 0,
    telemetry: false,
    ...(base === undefined
      ? {}
      : {
          host: base.hostname,
          port: base.port === '' ? (base.protocol === 'https:' ? 443 : 80) : Number(base.port),
          protocol: base.protocol === 'https:' ? 'https' : 'http',
        }),
  });
}
