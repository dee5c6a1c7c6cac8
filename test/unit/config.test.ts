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

function faults(env: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe('readConfig', () => {
  test('has the documented defaults in development', () => {
    const config = readConfig(BASE);
    expect(config).toMatchObject({
      environment: 'development',
      http: { port: 4000, host: '127.0.0.1' },
      graphql: { introspection: true, playground: true },
      auth: {
        key: { kind: 'development' },
        issuer: undefined,
        audience: undefined,
        maxTokenAgeMs: 30 * DAY_MS,
      },
      database: { url: BASE.DATABASE_URL },
      redis: { url: BASE.REDIS_URL },
      payment: { secretKey: 'sk_test_sandbox', timeoutMs: 15_000, maxAttempts: 8, maxDeclinesPerHour: 30 },
      webhook: { secret: 'whsec_sandbox', retentionMs: 7 * 24 * 3_600_000 },
      recovery: { stuckAfterMs: 15_000 },
    });
    expect([...config.roles]).toEqual(['api', 'relay', 'worker']);
    expect(config.payment.apiBase).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  test('has the documented defaults in production', () => {
    expect(readConfig(PRODUCTION)).toMatchObject({
      environment: 'production',
      http: { port: 4000, host: '0.0.0.0' },
      graphql: { introspection: false, playground: false },
      auth: { key: { kind: 'secret', secret: SECRET } },
      payment: { secretKey: 'sk_live_hidden', apiBase: undefined },
      webhook: { secret: 'whsec_hidden' },
    });
  });

  test.each([
    ['development', '127.0.0.1'],
    ['test', '127.0.0.1'],
    ['production', '0.0.0.0'],
  ])('in %s, listens on %s by default', (NODE_ENV, host) => {
    expect(readConfig({ ...PRODUCTION, NODE_ENV }).http.host).toBe(host);
  });

  test('treats an empty variable as unset', () => {
    expect(readConfig({ ...BASE, PORT: '', ROLE: '', AUTH_ISSUER: '' })).toEqual(readConfig(BASE));
  });

  test.each<[string, string[]]>([
    ['all', ['api', 'relay', 'worker']],
    ['api', ['api']],
    ['worker, relay', ['relay', 'worker']],
    ['relay,relay', ['relay']],
  ])('reads the roles %s', (ROLE, roles) => {
    expect([...readConfig({ ...BASE, ROLE }).roles]).toEqual(roles);
  });

  test.each<[string, string, (config: Config) => unknown, unknown]>([
    ['PORT', '0', ({ http }) => http.port, 0],
    ['HOST', '::1', ({ http }) => http.host, '::1'],
    ['GRAPHQL_INTROSPECTION', 'true', ({ graphql }) => graphql.introspection, true],
    ['AUTH_ISSUER', 'https://issuer', ({ auth }) => auth.issuer, 'https://issuer'],
    ['AUTH_AUDIENCE', 'orders', ({ auth }) => auth.audience, 'orders'],
    ['STRIPE_API_BASE', 'http://sandbox:1', ({ payment }) => payment.apiBase, 'http://sandbox:1'],
    ['REDIS_URL', 'redis://a,redis://b', ({ redis }) => redis.url, 'redis://a,redis://b'],
    ['GATEWAY_REQUESTS_PER_SECOND', '1', ({ payment }) => payment.requestsPerSecond, 1],
    ['PAYMENT_TIMEOUT_MS', '10', ({ payment }) => payment.timeoutMs, 10],
    ['PAYMENT_DECLINES_PER_HOUR', '1', ({ payment }) => payment.maxDeclinesPerHour, 1],
    ['PAYMENT_MAX_ATTEMPTS', '1', ({ payment }) => payment.maxAttempts, 1],
    ['PAYMENT_BREAKER_FAILURES', '1', ({ payment }) => payment.breakerFailures, 1],
    ['PAYMENT_BREAKER_PAUSE_MS', '1', ({ payment }) => payment.breakerPauseMs, 1],
    ['STRIPE_WEBHOOK_SECRET', 'whsec_1', ({ webhook }) => webhook.secret, 'whsec_1'],
    ['WEBHOOK_RETENTION_MS', '0', ({ webhook }) => webhook.retentionMs, 0],
    ['RELAY_POLL_INTERVAL_MS', '10', ({ relay }) => relay.pollIntervalMs, 10],
    ['RECOVERY_STUCK_AFTER_MS', '100', ({ recovery }) => recovery.stuckAfterMs, 100],
    ['LIVE_CHECK_INTERVAL_MS', '50', ({ live }) => live.checkIntervalMs, 50],
  ])('reads %s', (name, value, read, expected) => {
    expect(read(readConfig({ ...PRODUCTION, [name]: value }))).toBe(expected);
  });

  test('keeps the parameters of DATABASE_URL that the driver supports', () => {
    const DATABASE_URL =
      'postgres://u:p@localhost/db?sslmode=verify-full&sslrootcert=/ca.pem&options=-csearch_path%3Dx';
    expect(readConfig({ ...PRODUCTION, DATABASE_URL }).database.url).toBe(DATABASE_URL);
  });
});

describe('readConfig refuses', () => {
  test.each<[string, string | undefined]>([
    ['NODE_ENV', 'staging'],
    ['ROLE', 'api,cook'],
    ['ROLE', 'all,api'],
    ['ROLE', ','],
    ['LOG_LEVEL', 'loud'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '4e3'],
    ['PORT', 'http'],
    ['PORT', '80.5'],
    ['DATABASE_URL', undefined],
    ['DATABASE_URL', 'mysql://u:hidden-password@localhost'],
    ['DATABASE_URL', 'hidden-password'],
    ['DATABASE_URL', 'postgres://orders:hidden%@localhost/orders'],
    ['DATABASE_POOL_SIZE', '0'],
    ['REDIS_URL', undefined],
    ['REDIS_URL', 'http://:hidden-password@localhost'],
    ['REDIS_URL', 'redis://a,http://:hidden-password@b'],
    ['REDIS_URL', 'redis://orders:hidden/password@localhost'],
    ['REDIS_URL', 'redis://orders:hidden%zz@a,redis://orders:hidden%zz@b'],
    ['AUTH_JWT_SECRET', 'hidden-password'],
    ['STRIPE_API_BASE', 'ftp://stripe'],
    ['GRAPHQL_INTROSPECTION', 'yes'],
    ['GRAPHQL_PLAYGROUND', '1'],
    ['GATEWAY_REQUESTS_PER_SECOND', '0'],
    ['GATEWAY_REQUESTS_PER_SECOND', '10001'],
    ['PAYMENT_TIMEOUT_MS', '0'],
    ['PAYMENT_MAX_ATTEMPTS', '0'],
    ['PAYMENT_MAX_ATTEMPTS', '1001'],
    ['PAYMENT_BREAKER_FAILURES', '0'],
    ['PAYMENT_BREAKER_PAUSE_MS', '0'],
    ['STRIPE_WEBHOOK_SECRET', undefined],
    ['WEBHOOK_RETENTION_MS', '7d'],
    ['RELAY_BATCH_SIZE', '9999999999'],
    ['RECOVERY_STUCK_AFTER_MS', '99999999999'],
    ['LIVE_CHECK_INTERVAL_MS', '49'],
  ])('%s=%s with one line that names the variable', (name, value) => {
    const lines = faults({ ...PRODUCTION, [name]: value });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^${name}: .+`));
    expect(lines[0]).not.toMatch(/\n|hidden/);
  });

  test.each<[string, string]>([
    ['schema=orders', 'schema'],
    ['sslmode=verify-full&schema=public', 'schema'],
    ['connection_limit=5', 'DATABASE_POOL_SIZE'],
    ['pool_timeout=2', 'DATABASE_CONNECT_TIMEOUT_MS'],
    ['connect_timeout=2', 'DATABASE_CONNECT_TIMEOUT_MS'],
    ['socket_timeout=2', 'DATABASE_QUERY_TIMEOUT_MS'],
    ['pgbouncer=true', 'pgbouncer'],
    ['statement_cache_size=0', 'statement_cache_size'],
    ['sslaccept=strict', 'verify-full'],
    ['sslidentity=hidden.p12', 'sslcert'],
    ['sslpassword=hidden', 'sslcert'],
  ])('?%s in DATABASE_URL, which would have no effect, with a hint', (parameters, hint) => {
    const lines = faults({
      ...PRODUCTION,
      DATABASE_URL: `postgresql://u:hidden-password@localhost/db?${parameters}`,
    });
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^DATABASE_URL: .*${hint}`))]);
    expect(lines[0]).not.toMatch(/\n|hidden/);
  });

  test('all invalid variables at once, with one line for each', () => {
    const lines = faults({ NODE_ENV: 'production', ROLE: 'cook', PORT: 'x', LIVE_CHECK_INTERVAL_MS: '1' });
    expect(lines.map((line) => line.split(':')[0]).toSorted()).toEqual([
      'AUTH_JWT_SECRET',
      'DATABASE_URL',
      'LIVE_CHECK_INTERVAL_MS',
      'PORT',
      'REDIS_URL',
      'ROLE',
      'STRIPE_SECRET_KEY',
    ]);
    expect(lines.find((line) => line.startsWith('ROLE'))).toContain('cook');
  });

  test('production without a key for tokens, or without a key for the gateway', () => {
    expect(faults({ ...PRODUCTION, AUTH_JWT_SECRET: undefined })).toEqual([
      expect.stringMatching(/^AUTH_JWT_SECRET: .*AUTH_JWKS_URL/),
    ]);
    expect(faults({ ...PRODUCTION, STRIPE_SECRET_KEY: '' })).toEqual([
      expect.stringMatching(/^STRIPE_SECRET_KEY: /),
    ]);
  });

  test.each<[string, number]>([
    ['all', 1],
    ['api', 1],
    ['api,relay', 1],
    ['relay', 0],
    ['worker', 0],
    ['relay,worker', 0],
  ])('production without a webhook secret in the roles %s: %d faults', (ROLE, count) => {
    expect(faults({ ...PRODUCTION, ROLE, STRIPE_WEBHOOK_SECRET: undefined })).toHaveLength(count);
  });

  test('a secret together with a key set, and a key set that is not at an HTTP URL', () => {
    expect(faults({ ...PRODUCTION, AUTH_JWKS_URL: 'https://issuer/keys' })).toHaveLength(1);
    expect(faults({ ...BASE, AUTH_JWKS_URL: 'file:///keys' })).toEqual([
      expect.stringMatching(/^AUTH_JWKS_URL: /),
    ]);
  });

  test('a secret of 31 bytes, counted in bytes rather than characters', () => {
    expect(faults({ ...PRODUCTION, AUTH_JWT_SECRET: SECRET.slice(1) })).toHaveLength(1);
    expect(faults({ ...PRODUCTION, AUTH_JWT_SECRET: 'üö'.repeat(8) })).toEqual([]);
  });
});
