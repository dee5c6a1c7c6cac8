import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config/config.js';

const BASE = { DATABASE_URL: 'postgresql://localhost/db', REDIS_URL: 'redis://localhost' };
const PRODUCTION = {
  ...BASE,
  NODE_ENV: 'production',
  AUTH_JWT_SECRET: 'a secret of 32 bytes for tokens.',
  STRIPE_SECRET_KEY: 'sk_live_1',
  STRIPE_WEBHOOK_SECRET: 'whsec_1',
};

function requestsPerSecond(env: Readonly<Record<string, string | undefined>>): number | undefined {
  return readConfig(env).payment.requestsPerSecond;
}

describe('the requests a second to the gateway', () => {
  test.each<[string | undefined]>([
    [undefined],
    [''],
    ['https://api.stripe.com'],
    ['https://API.stripe.com:443/'],
  ])('are 20 by default where STRIPE_API_BASE, %j, is Stripe itself', (STRIPE_API_BASE) => {
    expect(requestsPerSecond({ ...PRODUCTION, STRIPE_API_BASE })).toBe(20);
  });

  test.each<[string]>([['http://sandbox:4010'], ['https://api.stripe.com.example']])(
    'have no maximum by default where STRIPE_API_BASE is %s',
    (STRIPE_API_BASE) => {
      expect(requestsPerSecond({ ...PRODUCTION, STRIPE_API_BASE })).toBeUndefined();
    },
  );

  test('have no maximum by default in development, where the gateway is the sandbox', () => {
    expect(requestsPerSecond(BASE)).toBeUndefined();
  });

  test.each<[Readonly<Record<string, string>>]>([[BASE], [PRODUCTION]])(
    'are what GATEWAY_REQUESTS_PER_SECOND says, whatever the gateway is',
    (env) => {
      expect(requestsPerSecond({ ...env, GATEWAY_REQUESTS_PER_SECOND: '10000' })).toBe(10_000);
      expect(requestsPerSecond({ ...env, GATEWAY_REQUESTS_PER_SECOND: '1' })).toBe(1);
    },
  );
});
