import type { EnvironmentReader } from './environment-reader.js';

const SECRETS = [
  'AUTH_JWT_SECRET',
  'AUTH_JWT_SECRET_PREVIOUS',
  'STRIPE_SECRET_KEY',
  'STRIPE_WEBHOOK_SECRET',
  'METRICS_TOKEN',
];
const SANDBOX_WEBHOOK_SECRET = 'whsec_sandbox';
const LIVE_KEY = /^[sr]k_live_/;
/** Also behind the words that Stripe begins its secrets with. */
const REPEATED_CHARACTER = /^(?:(?:(?:sk|rk)_(?:live|test)_|whsec_)(.)\1+|(.)\2*)$/su;

/** Secrets that everybody knows or guesses. Production does not start with them. */
export function refuseInsecureSecrets(env: EnvironmentReader): void {
  for (const name of SECRETS) {
    // What is wrong already is told once.
    if (REPEATED_CHARACTER.test(env.optional(name) ?? '') && !env.hasFault(name))
      env.fault(name, 'must not be one character repeated');
  }
  const hasLiveKey = LIVE_KEY.test(env.optional('STRIPE_SECRET_KEY') ?? '');
  if (hasLiveKey && env.optional('STRIPE_WEBHOOK_SECRET') === SANDBOX_WEBHOOK_SECRET)
    env.fault('STRIPE_WEBHOOK_SECRET', "must not be the sandbox's together with a live STRIPE_SECRET_KEY");
}
