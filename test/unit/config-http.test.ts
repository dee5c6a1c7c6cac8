import { describe, expect, test } from '@jest/globals';
import { type Config, ConfigError, readConfig } from '../../src/config/config.js';

const BASE = { DATABASE_URL: 'postgresql://localhost/db', REDIS_URL: 'redis://localhost' };
const PRODUCTION = {
  ...BASE,
  NODE_ENV: 'production',
  AUTH_JWT_SECRET: 'a secret of 32 bytes for tokens.',
  STRIPE_SECRET_KEY: 'sk_live_none',
  STRIPE_WEBHOOK_SECRET: 'whsec_none',
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

describe('the settings of the HTTP server', () => {
  test('by default trust no proxy and no foreign origin, and close metrics in production', () => {
    const nobody = { allowedOrigins: [], trustedProxies: [] };
    expect(readConfig(PRODUCTION).http).toMatchObject({
      ...nobody,
      allowLoopbackOrigins: false,
      metrics: { kind: 'closed' },
    });
    expect(readConfig(BASE).http).toMatchObject({
      ...nobody,
      allowLoopbackOrigins: true,
      metrics: { kind: 'open' },
    });
  });

  test.each<[string, string, (config: Config) => number, number]>([
    ['HTTP_BODY_LIMIT_BYTES', '1000', ({ http }) => http.bodyLimitBytes, 1_000],
    ['HTTP_HEADER_LIMIT_BYTES', '1000', ({ http }) => http.headerLimitBytes, 1_000],
    ['HTTP_HEADER_COUNT_LIMIT', '10', ({ http }) => http.headerCountLimit, 10],
    ['HTTP_HEADERS_TIMEOUT_MS', '100', ({ http }) => http.headersTimeoutMs, 100],
    ['HTTP_REQUEST_TIMEOUT_MS', '10000', ({ http }) => http.requestTimeoutMs, 10_000],
    ['HTTP_TIMEOUT_CHECK_INTERVAL_MS', '10', ({ http }) => http.timeoutCheckIntervalMs, 10],
    ['HTTP_KEEP_ALIVE_TIMEOUT_MS', '100', ({ http }) => http.keepAliveTimeoutMs, 100],
    ['HTTP_STALLED_TIMEOUT_MS', '100', ({ http }) => http.stalledTimeoutMs, 100],
    ['HTTP_CONNECTION_LIMIT', '1', ({ http }) => http.connectionLimit, 1],
    ['HTTP_MAX_CONNECTIONS_PER_ADDRESS', '1', ({ http }) => http.maxConnectionsPerAddress, 1],
    ['HTTP_SEND_TIMEOUT_MS', '100', ({ http }) => http.sendTimeoutMs, 100],
    ['CUSTOMER_MAX_UNSENT_BYTES', '1024', ({ http }) => http.customerMaxUnsentBytes, 1_024],
    ['WEBSOCKET_CLOSE_TIMEOUT_MS', '10', ({ webSocket }) => webSocket.closeTimeoutMs, 10],
    [
      'WEBSOCKET_MAX_UNAUTHENTICATED_PER_ADDRESS',
      '1',
      ({ webSocket }) => webSocket.maxUnauthenticatedPerAddress,
      1,
    ],
    ['WEBHOOK_BODY_LIMIT_BYTES', '1000', ({ webhook }) => webhook.bodyLimitBytes, 1_000],
  ])('read %s', (name, value, read, expected) => {
    expect(read(readConfig({ ...PRODUCTION, [name]: value }))).toBe(expected);
  });

  test('read origins and networks as comma-separated lists', () => {
    const ALLOWED_ORIGINS = 'https://shop.example, http://desk.example:8080,http://[::1]:3000';
    const TRUSTED_PROXIES = '10.0.0.0/8, 192.0.2.7,2001:db8::/32,::1';
    const { http } = readConfig({ ...PRODUCTION, ALLOWED_ORIGINS, TRUSTED_PROXIES });
    expect(http.allowedOrigins).toEqual([
      'https://shop.example',
      'http://desk.example:8080',
      'http://[::1]:3000',
    ]);
    expect(http.trustedProxies).toEqual(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1']);
  });

  test('open metrics to a token of 16 bytes in any environment', () => {
    const METRICS_TOKEN = 'üö'.repeat(4);
    for (const env of [BASE, PRODUCTION]) {
      const { metrics } = readConfig({ ...env, METRICS_TOKEN }).http;
      expect(metrics).toEqual({ kind: 'token', token: METRICS_TOKEN });
    }
  });

  test.each<[string, string]>([
    ['HTTP_HEADERS_TIMEOUT_MS', '99'],
    ['HTTP_HEADERS_TIMEOUT_MS', '20001'],
    ['HTTP_KEEP_ALIVE_TIMEOUT_MS', '0'],
    ['HTTP_STALLED_TIMEOUT_MS', '0'],
    ['HTTP_CONNECTION_LIMIT', '0'],
    ['HTTP_MAX_CONNECTIONS_PER_ADDRESS', '0'],
    ['HTTP_SEND_TIMEOUT_MS', '30s'],
    ['CUSTOMER_MAX_UNSENT_BYTES', '0'],
    ['WEBSOCKET_CLOSE_TIMEOUT_MS', '0'],
    ['WEBSOCKET_MAX_UNAUTHENTICATED_PER_ADDRESS', '0'],
    ['HTTP_HEADER_COUNT_LIMIT', '2001'],
    ['WEBHOOK_BODY_LIMIT_BYTES', '256KB'],
    ['ALLOWED_ORIGINS', '*'],
    ['ALLOWED_ORIGINS', 'null'],
    ['ALLOWED_ORIGINS', 'shop.example'],
    ['ALLOWED_ORIGINS', 'https://shop.example/'],
    ['ALLOWED_ORIGINS', 'https://shop.example/cart'],
    ['ALLOWED_ORIGINS', 'https://*.example'],
    ['ALLOWED_ORIGINS', 'https://shop.example:443'],
    ['ALLOWED_ORIGINS', 'https://Shop.example'],
    ['ALLOWED_ORIGINS', 'https://me@shop.example'],
    ['ALLOWED_ORIGINS', 'wss://shop.example'],
    ['ALLOWED_ORIGINS', 'https://shop.example,,https://desk.example'],
    ['TRUSTED_PROXIES', 'true'],
    ['TRUSTED_PROXIES', '*'],
    ['TRUSTED_PROXIES', 'balancer.example'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TRUSTED_PROXIES', '10.0.0.0/0'],
    ['TRUSTED_PROXIES', '::/0'],
    ['TRUSTED_PROXIES', '10.0.0.0/8/8'],
    ['TRUSTED_PROXIES', '10.0.0'],
    ['TRUSTED_PROXIES', 'fe80::1%eth0'],
    ['METRICS_TOKEN', 'hidden-password'],
  ])('refuse %s=%s with one line that names the variable', (name, value) => {
    const lines = faults({ ...PRODUCTION, [name]: value });
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^${name}: .+`))]);
    expect(lines[0]).not.toMatch(/\n|hidden/);
  });

  test.each<[string, string, string, string]>([
    ['HTTP_CONCURRENCY_LIMIT', '-1', 'HTTP_BURST_LIMIT', '1'],
    ['HTTP_BURST_LIMIT', '0', 'HTTP_CONCURRENCY_LIMIT', '501'],
    ['HTTP_REQUEST_TIMEOUT_MS', '99', 'HTTP_HEADERS_TIMEOUT_MS', '20001'],
  ])('refuse %s=%s by one line, and compare it with no %s=%s', (invalid, value, other, otherValue) => {
    expect(faults({ ...PRODUCTION, [invalid]: value, [other]: otherValue })).toEqual([
      expect.stringMatching(new RegExp(`^${invalid}: must be a whole number`)),
    ]);
  });

  test('refuse a burst below the concurrency', () => {
    expect(faults({ ...PRODUCTION, HTTP_BURST_LIMIT: '99' })).toEqual([
      'HTTP_BURST_LIMIT: must not be smaller than HTTP_CONCURRENCY_LIMIT',
    ]);
  });
});
