import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from 'node:http';
import type { RunningApplication } from '../../src/application.js';
import { type Environment, setup, type TestSystem } from '../support/test-system.js';

const HTML = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const HOSTILE = `</script><script>alert(1)</script>"'>`;

describe('the playground', () => {
  let system: TestSystem;
  let application: RunningApplication;

  beforeAll(async () => {
    system = await setup();
    application = await system.start({ PLAYGROUND_TOKEN: `token${HOSTILE}` });
  });

  afterAll(() => system.close());

  test('is served to browsers at /graphql, and / redirects to it', async () => {
    const home = await get('/', HTML);
    expect([home.status, home.headers['location']]).toEqual([302, '/graphql']);
    const { status, headers, body } = await get('/graphql', HTML);
    expect([status, headers['content-type']]).toEqual([200, 'text/html']);
    expect(body).toContain('AltairGraphQL.init(');
    expect(body).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  test('does not take API requests, whatever their method', async () => {
    const query = '/graphql?query=%7B__typename%7D';
    const preflight = { 'apollo-require-preflight': '1' };
    for (const accept of ['application/json', 'application/graphql-response+json', '*/*']) {
      const { status, body } = await get(query, { accept, ...preflight });
      expect([status, JSON.parse(body)]).toEqual([200, { data: { __typename: 'Query' } }]);
    }
    const posted = await fetch(`${application.url}/graphql`, {
      method: 'POST',
      headers: { ...HTML, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ __typename }' }),
    });
    expect(await posted.json()).toEqual({ data: { __typename: 'Query' } });
  });

  test('contains nothing of the request, and escapes its token', async () => {
    const { status, body } = await get(`/graphql?${encodeURIComponent(HOSTILE)}&x="><script>`, {
      ...HTML,
      'x-forwarded-host': `evil.example${HOSTILE}`,
      referer: `http://evil.example/${HOSTILE}`,
    });
    expect(status).toBe(200);
    expect(body).not.toMatch(/evil\.example|onload|<script>/);
    // Two of Altair, its options, and the one that starts it.
    expect(body.match(/<\/script>/g)).toHaveLength(4);
    expect(body).toContain('token\\u003c/script>');
  });

  test('is refused for an invalid Host header, without repeating it', async () => {
    const { headers, body } = await get('/graphql', { ...HTML, host: `evil.example${HOSTILE}` });
    expect(headers['content-type']).toContain('application/json');
    expect(body).not.toMatch(/evil\.example|script/);
  });

  test('says how to get a token where none is set', async () => {
    const { url } = await system.start();
    const { body } = await get('/graphql', HTML, url);
    expect(body).toContain('npm run token -- --sub alice');
    expect(body).toContain('npm run token -- --sub olivia --role operator');
  });

  test('has files that are served with an immutable cache header', async () => {
    const { body: page } = await get('/graphql', HTML);
    const base = /<base href="([^"]+)"/.exec(page)?.[1] ?? '';
    expect(base).toMatch(/^\/playground\/[\d.]+\/$/);
    const types = {
      'main.js': 'text/javascript',
      'styles.css': 'text/css',
      'assets/i18n/default.json': 'json',
    };
    for (const [path, type] of Object.entries(types)) {
      const { status, headers, body } = await get(base + path);
      expect([path, status, body.length > 0]).toEqual([path, 200, true]);
      expect(headers['content-type']).toContain(type);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    }
    for (const [, path] of page.matchAll(/(?:src|href)="([^"/][^"]*)"/g)) {
      const { status } = await get(`${base}${path ?? ''}`);
      expect([path, status]).toEqual([path, 200]);
    }
  });

  test('serves no file outside its own', async () => {
    const { body: page } = await get('/graphql', HTML);
    const base = /<base href="([^"]+)"/.exec(page)?.[1] ?? '';
    for (const path of [
      '../../package.json',
      '..%2f..%2fpackage.json',
      '%2e%2e/%2e%2e/package.json',
      '..\\..\\package.json',
      '//etc/passwd',
      'main.js%00.css',
      'main.js/',
      'index.html',
      'assets',
      '',
    ]) {
      const { status } = await get(base + path);
      expect([path, status]).toEqual([path, 404]);
    }
    expect((await get('/playground/')).status).toBe(404);
    expect((await get('/playground/constructor')).status).toBe(404);
  });

  test.each<Environment>([
    {
      NODE_ENV: 'production',
      STRIPE_SECRET_KEY: 'sk_test_sandbox',
      STRIPE_WEBHOOK_SECRET: 'whsec_sandbox',
    },
    { GRAPHQL_PLAYGROUND: 'false', PLAYGROUND_TOKEN: 'unused' },
  ])('is not served with %j', async (environment) => {
    const { body: page } = await get('/graphql', HTML);
    const base = /<base href="([^"]+)"/.exec(page)?.[1] ?? '';
    const { url } = await system.start(environment);
    expect((await get('/', HTML, url)).status).toBe(404);
    expect((await get(`${base}main.js`, {}, url)).status).toBe(404);
    const answer = await get('/graphql', HTML, url);
    expect([answer.status, answer.headers['content-type']]).toEqual([400, expect.stringContaining('json')]);
  });

  interface Answer {
    readonly status: number;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    readonly body: string;
  }

  /** fetch() normalizes the path, sets the Host header and follows redirects. */
  function get(path: string, headers: Record<string, string> = {}, url = application.url): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(url);
      const asked = request({ hostname, port, path, headers, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      });
      asked.on('error', reject);
      asked.end();
    });
  }
});
