import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setup, type Environment, type TestSystem } from '../support/test-system.js';

const SHOP = 'https://shop.example';
const PRODUCTION: Environment = {
  NODE_ENV: 'production',
  STRIPE_SECRET_KEY: 'sk_live_none',
  STRIPE_WEBHOOK_SECRET: 'whsec_none',
  SHUTDOWN_DRAIN_DELAY_MS: '0',
  ALLOWED_ORIGINS: `${SHOP}, http://desk.example:8080`,
};
const QUERY = JSON.stringify({ query: '{ __typename }' });
const PREFLIGHT = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization,content-type',
};

let system: TestSystem;
let url: string;
let developmentUrl: string;
let authorization: string;

beforeAll(async () => {
  system = await setup({ ROLE: 'api' });
  ({ url } = await system.start(PRODUCTION));
  ({ url: developmentUrl } = await system.start());
  authorization = `Bearer ${await system.token('alice')}`;
});

afterAll(() => system.close());

async function ask(path: string, init: RequestInit & { from?: string } = {}): Promise<Response> {
  const { from, ...options } = init;
  const { method = 'GET', headers } = options;
  const origin = from === undefined ? {} : { origin: from };
  const type = method === 'POST' ? { 'content-type': 'application/json', authorization } : {};
  return fetch(`${url}${path}`, {
    ...options,
    headers: { ...type, ...origin, ...(headers as Record<string, string> | undefined) },
  });
}

/** The response headers that CORS uses. */
function corsOf({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));
}

describe('security headers', () => {
  test.each<[string, number, string, RequestInit]>([
    ['a GraphQL answer', 200, '/graphql', { method: 'POST', body: QUERY }],
    ['an error of Apollo', 400, '/graphql', { method: 'POST', body: '{}' }],
    ['a body that is not JSON', 400, '/graphql', { method: 'POST', body: '{' }],
    ['a body that is too long', 413, '/graphql', { method: 'POST', body: ' '.repeat(200_000) }],
    ['an unknown path', 404, '/nowhere', {}],
    ['a malformed path', 400, '/%zz', {}],
    ['a webhook', 400, '/webhooks/stripe', { method: 'POST', body: '{}' }],
    ['health', 200, '/health/live', {}],
    ['disabled metrics', 404, '/metrics', {}],
  ])('forbid a page to use or embed the response: %s (%d)', async (_, status, path, init) => {
    const response = await ask(path, init);
    expect(response.status).toBe(status);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-security-policy':
        "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'strict-transport-security': 'max-age=31536000',
      ...(path === '/%zz' ? {} : { 'cache-control': 'no-store' }),
    });
    for (const name of ['server', 'x-powered-by']) expect(response.headers.get(name)).toBeNull();
  });

  test('require TLS in production only', async () => {
    const { headers } = await fetch(`${developmentUrl}/health/live`);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  test('allow the playground and the files of its workers to run their own scripts', async () => {
    const page = await fetch(`${developmentUrl}/graphql`, { headers: { accept: 'text/html' } });
    const policy = page.headers.get('content-security-policy');
    expect(policy).toMatch(/^default-src 'none';.*frame-ancestors 'none'.*script-src 'self' 'sha256-/);
    expect(policy).not.toMatch(/script-src[^;]*'unsafe-inline'/);
    expect(page.headers.get('cache-control')).toBe('no-store');
    const base = /<base href="([^"]+)"/.exec(await page.text())?.[1] ?? '';
    const { headers } = await fetch(`${developmentUrl}${base}main.js`);
    expect(headers.get('content-security-policy')).toBe(policy);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('a page of another origin', () => {
  test.each([SHOP, 'http://desk.example:8080'])(
    'may call the API from an allowed origin: %s',
    async (from) => {
      const preflight = await ask('/graphql', { method: 'OPTIONS', from, headers: PREFLIGHT });
      expect(preflight.status).toBe(204);
      expect(corsOf(preflight)).toEqual({
        'access-control-allow-origin': from,
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers':
          'authorization, content-type, apollo-require-preflight, x-apollo-operation-name, ' +
          'apollographql-client-name, apollographql-client-version, ' +
          'traceparent, tracestate, baggage, sentry-trace, x-request-id',
        'access-control-expose-headers': 'retry-after',
        'access-control-max-age': '7200',
      });
      const answer = await ask('/graphql', { method: 'POST', body: QUERY, from });
      expect(await answer.json()).toEqual({ data: { __typename: 'Query' } });
      expect(corsOf(answer)).toEqual({
        'access-control-allow-origin': from,
        'access-control-expose-headers': 'retry-after',
      });
      expect(answer.headers.get('vary')).toMatch(/\borigin\b/i);
    },
  );

  test('can read errors, too, from an allowed origin', async () => {
    const tooLong = await ask('/graphql', { method: 'POST', body: ' '.repeat(200_000), from: SHOP });
    expect([tooLong.status, corsOf(tooLong)['access-control-allow-origin']]).toEqual([413, SHOP]);
  });

  test.each([
    'https://elsewhere.example',
    'null',
    'https://shop.example.evil.test',
    'https://evil-shop.example',
    'HTTPS://SHOP.EXAMPLE',
    'http://shop.example',
    'https://shop.example:8443',
    'http://localhost:4000',
  ])('may not call the API from an origin that is not allowed: %s', async (from) => {
    const preflight = await ask('/graphql', { method: 'OPTIONS', from, headers: PREFLIGHT });
    expect([preflight.ok, corsOf(preflight)]).toEqual([false, {}]);
    const answer = await ask('/graphql', { method: 'POST', body: QUERY, from });
    expect(corsOf(answer)).toEqual({});
    // A cache must not use this answer for an allowed origin.
    expect(answer.headers.get('vary')).toMatch(/\borigin\b/i);
  });

  test.each(['/webhooks/stripe', '/health/live', '/health/ready', '/metrics', '/nowhere'])(
    'may call nothing but the API: %s',
    async (path) => {
      const preflight = await ask(path, { method: 'OPTIONS', from: SHOP, headers: PREFLIGHT });
      expect([preflight.ok, corsOf(preflight)]).toEqual([false, {}]);
      expect(corsOf(await ask(path, { from: SHOP }))).toEqual({});
    },
  );

  test('may call the API from localhost in development', async () => {
    const allowed = async (origin: string) =>
      corsOf(
        await fetch(`${developmentUrl}/graphql`, { method: 'OPTIONS', headers: { ...PREFLIGHT, origin } }),
      )['access-control-allow-origin'];
    expect(await allowed('http://localhost:5173')).toBe('http://localhost:5173');
    expect(await allowed('http://localhost.evil.test')).toBeUndefined();
    expect(await allowed(SHOP)).toBeUndefined();
  });
});
