import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setup, type Environment, type TestSystem } from '../support/test-system.js';

const TOKEN = 'a-metrics-token-of-the-tests';
const PRODUCTION: Environment = {
  NODE_ENV: 'production',
  STRIPE_SECRET_KEY: 'sk_live_none',
  STRIPE_WEBHOOK_SECRET: 'whsec_none',
  SHUTDOWN_DRAIN_DELAY_MS: '0',
};
const READY = { status: 'ready' };
const DETAILS = { ...READY, database: 'up', redis: 'up', reasons: [] };

describe('metrics and the details of readiness', () => {
  let system: TestSystem;

  beforeAll(async () => {
    system = await setup();
  });

  afterAll(() => system.close());

  async function ask(url: string, authorization?: string): Promise<{ metrics: Response; ready: unknown }> {
    const headers = authorization === undefined ? {} : { authorization };
    const metrics = await fetch(`${url}/metrics`, { headers });
    const ready: unknown = await (await fetch(`${url}/health/ready`, { headers })).json();
    return { metrics, ready };
  }

  test.each(['api', 'relay', 'worker'])('are shown to a request with the metrics token: %s', async (ROLE) => {
    const { url } = await system.start({ ...PRODUCTION, ROLE, METRICS_TOKEN: TOKEN });
    const { metrics, ready } = await ask(url, `Bearer ${TOKEN}`);
    expect([metrics.status, ready]).toEqual([200, DETAILS]);
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=/);
    expect(await metrics.text()).toMatch(/^process_cpu_seconds_total \d/m);
  });

  test('are not shown without the metrics token', async () => {
    const { url } = await system.start({ METRICS_TOKEN: TOKEN });
    for (const authorization of [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      TOKEN,
      `Basic ${TOKEN}`,
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(0, -1)}`,
      `Bearer ${TOKEN.toUpperCase()}`,
      `Bearer ${await system.token('olivia', { roles: ['operator'] })}`,
    ]) {
      const { metrics, ready } = await ask(url, authorization);
      expect([authorization, metrics.status, ready]).toEqual([authorization, 401, READY]);
      expect(metrics.headers.get('www-authenticate')).toBe('Bearer');
      expect(await metrics.json()).toEqual({ statusCode: 401, message: 'Unauthorized' });
    }
    const head = await fetch(`${url}/metrics`, { method: 'HEAD' });
    expect(head.status).toBe(401);
  });

  test.each(['api', 'relay', 'worker'])(
    'are not shown in production without METRICS_TOKEN: %s',
    async (ROLE) => {
      const { url } = await system.start({ ...PRODUCTION, ROLE });
      for (const authorization of [undefined, 'Bearer ', 'Bearer undefined']) {
        const { metrics, ready } = await ask(url, authorization);
        expect([metrics.status, ready]).toEqual([404, READY]);
      }
    },
  );

  test('are public in development', async () => {
    const { metrics, ready } = await ask((await system.start()).url);
    expect([metrics.status, ready]).toEqual([200, DETAILS]);
  });
});
