import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from 'node:http';
import { type Environment, setup, type TestSystem } from '../support/test-system.js';
import { RawConnection } from '../support/raw-connection.js';

const TOKEN = 'the-token-of-an-operator';
const HTML = { accept: 'text/html' };
const EVIL = 'evil.example:4000';

describe('a request with a foreign Host header (DNS rebinding)', () => {
  let system: TestSystem;
  let url: string;
  let file: string;

  beforeAll(async () => {
    system = await setup({ PLAYGROUND_OPERATOR_TOKEN: TOKEN });
    ({ url } = await system.start({ NODE_ENV: 'development' }));
    const { body } = await ask('GET /graphql', { host: 'localhost', ...HTML });
    file = `${/<base href="([^"]+)"/.exec(body)?.[1] ?? ''}main.js`;
  });

  afterAll(() => system.close());

  interface Answer {
    readonly status: number;
    readonly body: string;
  }

  /** fetch() doesn't let the Host header be set. */
  function ask(what: string, headers: Record<string, string>, to = url): Promise<Answer> {
    const [method = '', path = ''] = what.split(' ');
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(to);
      const asked = request({ hostname, port, path, method, headers, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body });
        });
      });
      asked.on('error', reject);
      asked.end(method === 'POST' ? JSON.stringify({ query: '{ __typename }' }) : undefined);
    });
  }

  test('gets 421 for the playground, its files and metrics, with the way to allow the host', async () => {
    for (const what of ['GET /graphql', 'HEAD /graphql', 'GET /', `GET ${file}`, 'GET /metrics']) {
      const { status, body } = await ask(what, { host: EVIL, ...HTML });
      expect([what, status]).toEqual([what, 421]);
      if (what.startsWith('HEAD')) continue;
      expect(JSON.parse(body)).toEqual({
        statusCode: 421,
        message: expect.stringMatching(/localhost.*HOST.*ALLOWED_ORIGINS/),
      });
    }
  });

  test('gets no page with a token by another spelling of the path or by a made-up token', async () => {
    for (const path of ['/graphql?x', '/graphql/', '/%67raphql', '//graphql', '/GRAPHQL']) {
      const { body } = await ask(`GET ${path}`, { host: EVIL, authorization: 'Bearer x', ...HTML });
      expect(body).not.toContain(TOKEN);
    }
  });

  test('learns only whether the process is ready from the health checks', async () => {
    expect(await ask('GET /health/live', { host: EVIL })).toEqual({ status: 200, body: '{"status":"live"}' });
    const { body } = await ask('GET /health/ready', { host: EVIL });
    expect(JSON.parse(body)).toEqual({ status: 'ready' });
    expect(JSON.parse((await ask('GET /health/ready', { host: 'localhost' })).body)).toMatchObject({
      database: 'up',
    });
  });

  test('is recognized by the Host header alone, not by forwarded headers', async () => {
    const headers = { ...HTML, 'x-forwarded-host': 'localhost', forwarded: 'host=localhost' };
    expect((await ask('GET /graphql', { host: EVIL, ...headers })).status).toBe(421);
    const old = await RawConnection.open(url);
    old.send('GET /graphql HTTP/1.1', 'host:', 'accept: text/html', '', '');
    old.send('GET /graphql HTTP/1.0', 'accept: text/html', '', '');
    expect(await old.answered(2)).toEqual([421, 421]);
    old.destroy();
  });

  test('does not include localhost, an allowed origin or the name in HOST', async () => {
    const { port } = new URL(url);
    for (const host of ['localhost', `localhost:${port}`, `127.0.0.1:${port}`, '[::1]:4000', 'LOCALHOST.']) {
      const { status, body } = await ask('GET /graphql', { host, ...HTML });
      expect([host, status, body.includes(TOKEN)]).toEqual([host, 200, true]);
    }
    const { url: tunnelUrl } = await system.start({
      NODE_ENV: 'development',
      ALLOWED_ORIGINS: 'https://tunnel.example',
    });
    expect((await ask('GET /graphql', { host: 'tunnel.example', ...HTML }, tunnelUrl)).status).toBe(200);
  });

  test('can call the API and the webhooks, which need no page', async () => {
    const json = { 'content-type': 'application/json', host: 'orders:4000' };
    expect(await ask('POST /graphql', json)).toEqual({
      status: 200,
      body: expect.stringContaining('"__typename":"Query"'),
    });
    expect((await ask('POST /webhooks/stripe', json)).status).toBe(400);
    expect((await ask('GET /nowhere', { host: EVIL })).status).toBe(404);
  });

  test('gets metrics with the metrics token', async () => {
    const METRICS_TOKEN = 'a-metrics-token-of-the-tests';
    const { url: closed } = await system.start({ NODE_ENV: 'development', METRICS_TOKEN });
    const authorization = `Bearer ${METRICS_TOKEN}`;
    expect((await ask('GET /metrics', { host: EVIL, authorization }, closed)).status).toBe(200);
    expect((await ask('GET /metrics', { host: EVIL }, closed)).status).toBe(401);
  });

  test.each<[Environment, number]>([
    [{ NODE_ENV: 'test' }, 421],
    [
      {
        NODE_ENV: 'production',
        STRIPE_SECRET_KEY: 'sk_test_sandbox',
        STRIPE_WEBHOOK_SECRET: 'whsec_sandbox',
        SHUTDOWN_DRAIN_DELAY_MS: '0',
        GRAPHQL_PLAYGROUND: 'true',
        PLAYGROUND_OPERATOR_TOKEN: '',
      },
      200,
    ],
  ])('is checked outside production only: with %j the playground answers %d', async (environment, status) => {
    const { url: other } = await system.start(environment);
    expect((await ask('GET /graphql', { host: EVIL, ...HTML }, other)).status).toBe(status);
  });
});
