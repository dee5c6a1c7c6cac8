import { describe, expect, test } from '@jest/globals';
import { type Config, ConfigError, readConfig } from '../../src/config/config.js';

const SECRET = 'a secret of 32 bytes for tokens.';
const DAY_MS = 86_400_000;
const BASE = {
  DATABASE_URL: 'postgresql://u:hidden-password@localhost/db',
  REDIS_URL: 'redis://:hidden-password@localhost',
};
const PRODUCTION = {
  ...BASE,
  NODE_ENV: 'production',
  AUTH_JWT_SECRET: SECRET,
  STRIPE_SECRET_KEY: 'sk_live_hidden',
  STRIPE_WEBHOOK_SECRET: 'whsec_hidden',
};

const KEY_SET = {
  ...PRODUCTION,
  AUTH_JWT_SECRET: undefined,
  AUTH_JWKS_URL: 'https://issuer/keys',
  AUTH_ISSUER: 'https://issuer',
  AUTH_AUDIENCE: 'orders',
};

function faults(env: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe('the settings for tokens', () => {
  test('by default notice a withdrawn key within a minute, even if one request to the issuer fails', () => {
    const { refreshIntervalMs, timeoutMs, maxAgeMs } = readConfig(BASE).auth.keySet;
    expect(2 * (refreshIntervalMs + timeoutMs)).toBeLessThan(60_000);
    expect(maxAgeMs).toBe(3_600_000);
  });

  test.each<[string, string, (config: Config) => number, number]>([
    ['AUTH_MAX_TOKEN_AGE_MS', '31622400000', ({ auth }) => auth.maxTokenAgeMs, 366 * DAY_MS],
    ['AUTH_JWKS_TIMEOUT_MS', '10', ({ auth }) => auth.keySet.timeoutMs, 10],
    ['AUTH_JWKS_MIN_INTERVAL_MS', '0', ({ auth }) => auth.keySet.minIntervalMs, 0],
    ['AUTH_JWKS_REFRESH_INTERVAL_MS', '30000', ({ auth }) => auth.keySet.refreshIntervalMs, 30_000],
    ['AUTH_JWKS_MAX_AGE_MS', '60000', ({ auth }) => auth.keySet.maxAgeMs, 60_000],
  ])('read %s', (name, value, read, expected) => {
    expect(read(readConfig({ ...PRODUCTION, [name]: value }))).toBe(expected);
  });

  test('read the URL of a key set in place of a secret', () => {
    const AUTH_JWKS_URL = 'https://issuer/keys';
    const { auth } = readConfig({ ...KEY_SET, AUTH_JWKS_URL });
    expect(auth.key).toEqual({ kind: 'key-set', url: AUTH_JWKS_URL });
  });

  test.each<[string, string]>([
    ['AUTH_JWT_SECRET_PREVIOUS', 'hidden-password'],
    ['AUTH_MAX_TOKEN_AGE_MS', '999'],
    ['AUTH_MAX_TOKEN_AGE_MS', '31622400001'],
    ['AUTH_MAX_TOKEN_AGE_MS', '30d'],
    ['AUTH_JWKS_REFRESH_INTERVAL_MS', '30001'],
  ])('refuse %s=%s with one line that names the variable', (name, value) => {
    const lines = faults({ ...PRODUCTION, [name]: value });
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^${name}: .+`))]);
    expect(lines[0]).not.toMatch(/\n|hidden/);
  });

  test('refuse a previous secret that is too short or has no current one next to it', () => {
    const AUTH_JWT_SECRET_PREVIOUS = `${SECRET}, the one before`;
    const { key } = readConfig({ ...PRODUCTION, AUTH_JWT_SECRET_PREVIOUS }).auth;
    expect(key).toEqual({ kind: 'secret', secret: SECRET, previous: AUTH_JWT_SECRET_PREVIOUS });
    const line = [expect.stringMatching(/^AUTH_JWT_SECRET_PREVIOUS: .*AUTH_JWT_SECRET/)];
    expect(faults({ ...BASE, AUTH_JWT_SECRET_PREVIOUS })).toEqual(line);
    expect(faults({ ...KEY_SET, AUTH_JWT_SECRET_PREVIOUS })).toEqual(line);
    expect(
      faults({ ...PRODUCTION, AUTH_JWT_SECRET_PREVIOUS: AUTH_JWT_SECRET_PREVIOUS.slice(0, 31) }),
    ).toEqual([expect.stringMatching(/^AUTH_JWT_SECRET_PREVIOUS: .*32 bytes/)]);
  });
});

describe('production refuses', () => {
  test('a key set without an issuer or an audience, with one line for each', () => {
    expect(faults(KEY_SET)).toEqual([]);
    const missing = { AUTH_ISSUER: '', AUTH_AUDIENCE: undefined };
    expect(faults({ ...KEY_SET, ...missing })).toEqual([
      expect.stringMatching(/^AUTH_ISSUER: .*AUTH_JWKS_URL/),
      expect.stringMatching(/^AUTH_AUDIENCE: .*AUTH_JWKS_URL/),
    ]);
    expect(faults({ ...KEY_SET, AUTH_AUDIENCE: undefined })).toHaveLength(1);
    expect(faults({ ...KEY_SET, ...missing, NODE_ENV: 'development' })).toEqual([]);
    // Nobody else signs with our own secret.
    expect(faults({ ...PRODUCTION, ...missing })).toEqual([]);
  });

  test.each<[string, boolean]>([
    ['https://issuer.example/keys', true],
    ['http://localhost:8080/keys', true],
    ['http://127.0.0.1/keys', true],
    ['http://127.8.9.1/keys', true],
    ['http://[::1]:8080/keys', true],
    ['http://issuer.example/keys', false],
    ['HTTP://issuer.example/keys', false],
    ['http://localhost.issuer.example/keys', false],
    ['http://127.0.0.1.issuer.example/keys', false],
    ['http://10.0.0.7/keys', false],
    ['http://0.0.0.0/keys', false],
  ])('a key set over plain HTTP, except from this machine: %s', (AUTH_JWKS_URL, isAllowed) => {
    expect(faults({ ...KEY_SET, AUTH_JWKS_URL })).toEqual(
      isAllowed ? [] : [expect.stringMatching(/^AUTH_JWKS_URL: .*https:/)],
    );
    expect(faults({ ...KEY_SET, AUTH_JWKS_URL, NODE_ENV: 'development' })).toEqual([]);
  });

  test.each(['sk_live_hidden', 'rk_live_hidden'])("the sandbox's webhook secret next to %s", (key) => {
    const sandboxes = { STRIPE_SECRET_KEY: key, STRIPE_WEBHOOK_SECRET: 'whsec_sandbox' };
    for (const ROLE of ['all', 'worker'])
      expect(faults({ ...PRODUCTION, ...sandboxes, ROLE })).toEqual([
        expect.stringMatching(/^STRIPE_WEBHOOK_SECRET: .*sandbox.*live/),
      ]);
    expect(faults({ ...PRODUCTION, ...sandboxes, STRIPE_SECRET_KEY: 'sk_test_sandbox' })).toEqual([]);
    // A worker has no webhook secret and needs none.
    expect(faults({ ...PRODUCTION, ROLE: 'worker', STRIPE_WEBHOOK_SECRET: undefined })).toEqual([]);
  });

  test.each<[string, string]>([
    ['AUTH_JWT_SECRET', 'x'.repeat(32)],
    ['AUTH_JWT_SECRET', 'ü'.repeat(16)],
    ['AUTH_JWT_SECRET', '\u{1f511}'.repeat(8)],
    ['AUTH_JWT_SECRET', ' '.repeat(64)],
    ['AUTH_JWT_SECRET_PREVIOUS', '0'.repeat(32)],
    ['STRIPE_SECRET_KEY', 'x'],
    ['STRIPE_SECRET_KEY', 'sk_live_xxxxxxxx'],
    ['STRIPE_SECRET_KEY', 'rk_test_000'],
    ['STRIPE_WEBHOOK_SECRET', 'aaaa'],
    ['STRIPE_WEBHOOK_SECRET', 'whsec_xxxx'],
    ['METRICS_TOKEN', '*'.repeat(16)],
  ])('a secret of one repeated character, with one line that does not show it: %s=%s', (name, value) => {
    const lines = faults({ ...PRODUCTION, [name]: value });
    expect(lines).toEqual([`${name}: must not be one character repeated`]);
    expect(faults({ ...PRODUCTION, [name]: value, NODE_ENV: 'development' })).toEqual([]);
  });

  test('no secret in which only some characters repeat', () => {
    const AUTH_JWT_SECRET = `${'x'.repeat(31)}y`;
    expect(faults({ ...PRODUCTION, AUTH_JWT_SECRET, STRIPE_WEBHOOK_SECRET: 'whsec_aab' })).toEqual([]);
  });
});
