import type { EnvironmentReader } from './variables/environment-reader.js';
import type { Variable } from './variables/variable.js';
import { SANDBOX_WEBHOOK_SECRET } from './webhook.js';

const LIVE_KEY = /^[sr]k_live_/;
/** Also after the prefixes of Stripe's secrets. */
const REPEATED_CHARACTER = /^(?:(?:(?:sk|rk)_(?:live|test)_|whsec_)(.)\1+|(.)\2*)$/su;

/** For production: records a fault for each secret that is publicly known or easily guessed. */
export function refuseInsecureSecrets(
  reader: EnvironmentReader,
  variables: readonly Variable<unknown>[],
): void {
  for (const { name, isSecret = false } of variables) {
    if (isSecret && REPEATED_CHARACTER.test(reader.text(name) ?? '') && !reader.hasFault(name))
      reader.fault(name, 'must not be one character repeated');
  }
  // Roles without webhooks have the sandbox's as a default that nothing uses, so only one that is set counts.
  const isLive = LIVE_KEY.test(reader.text('STRIPE_SECRET_KEY') ?? '');
  if (isLive && reader.text('STRIPE_WEBHOOK_SECRET') === SANDBOX_WEBHOOK_SECRET)
    reader.fault('STRIPE_WEBHOOK_SECRET', "must not be the sandbox's together with a live STRIPE_SECRET_KEY");
}
