import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { OrdersDocument } from '../support/documents.js';
import { KeyIssuer } from '../support/key-issuer.js';
import { RawSocket } from '../support/raw-socket.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { create } from './orders-support.js';

const WATCH = 'subscription ($id: ID!) { orderEvents(orderId: $id, afterVersion: 0) { version } }';

describe('a key that its issuer withdraws', () => {
  let issuer: KeyIssuer;
  let system: TestSystem;
  let url: string;

  beforeAll(async () => {
    issuer = await KeyIssuer.start();
    system = await setup({
      ROLE: 'api',
      AUTH_JWT_SECRET: '',
      AUTH_JWKS_URL: issuer.url,
      AUTH_JWKS_MIN_INTERVAL_MS: '0',
      AUTH_JWKS_REFRESH_INTERVAL_MS: '100',
    });
  });

  beforeEach(async () => {
    issuer.broken = undefined;
    await issuer.publish('leaked', 'other');
    ({ url } = await system.start());
  });

  afterAll(async () => {
    await system.close();
    await issuer.close();
  });

  async function isAdmitted(token: string): Promise<boolean> {
    const { errors } = await new ApiClient(url, token).execute(OrdersDocument, {});
    if (errors !== undefined) expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    return errors === undefined;
  }

  test('closes its sockets with 4403 and refuses its cached tokens, and leaves those of other keys alone', async () => {
    const [leaked, other] = [await issuer.sign('leaked'), await issuer.sign('other')];
    expect([await isAdmitted(leaked), await isAdmitted(other)]).toEqual([true, true]);
    const { order } = await create(new ApiClient(url, other));
    const ending = await Promise.all([1, 2, 3].map(() => RawSocket.connect(url, leaked)));
    const staying = await RawSocket.connect(url, other);
    for (const socket of [...ending, staying]) {
      socket.subscribe('1', WATCH, { id: order.id });
      await socket.message('next', '1');
    }

    await issuer.publish('other');
    for (const socket of ending) expect(await socket.closed()).toEqual({ code: 4403, reason: 'Forbidden' });
    expect([await isAdmitted(leaked), await isAdmitted(other)]).toEqual([false, true]);
    staying.subscribe('2', WATCH, { id: order.id });
    expect(await staying.message('next', '2')).toBeDefined();
    staying.terminate();
  });

  test('is noticed without any request or socket', async () => {
    const leaked = await issuer.sign('leaked');
    expect(await isAdmitted(leaked)).toBe(true);
    await issuer.publish('other');
    const before = issuer.requests;
    await waitFor('two more fetches of the key set', () => issuer.requests >= before + 2);
    // The first request is refused already.
    expect(await isAdmitted(leaked)).toBe(false);
  });

  test('is not considered withdrawn while the issuer is down', async () => {
    const leaked = await issuer.sign('leaked');
    const socket = await RawSocket.connect(url, leaked);
    const { order } = await create(new ApiClient(url, leaked));
    issuer.broken = (_, response) => response.writeHead(503).end();
    const before = issuer.requests;
    await waitFor('failed fetches of the key set', () => issuer.requests >= before + 3);
    expect(await isAdmitted(leaked)).toBe(true);
    expect(await isAdmitted(await issuer.sign('leaked'))).toBe(true);
    socket.subscribe('1', WATCH, { id: order.id });
    expect(await socket.message('next', '1')).toBeDefined();
    socket.terminate();
  });
});
