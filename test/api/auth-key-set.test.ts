import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { exportJWK, exportPKCS8, exportSPKI, generateKeyPair, importPKCS8, type JWK, SignJWT } from 'jose';
import { ApiClient } from '../support/api-client.js';
import { OrdersDocument } from '../support/documents.js';
import { RawSocket } from '../support/raw-socket.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { create } from './orders-support.js';

type Key = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'] | Uint8Array;
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];

describe('tokens checked with a key set', () => {
  let system: TestSystem;
  let server: Server;
  let answer: RequestListener;
  let address: string;
  let url: string;
  const keys = new Map<string, Awaited<ReturnType<typeof generateKeyPair>>>();
  let keySet: { keys: JWK[] };

  beforeAll(async () => {
    for (const alg of ALGORITHMS) keys.set(alg, await generateKeyPair(alg, { extractable: true }));
    keySet = {
      keys: await Promise.all(
        [...keys].map(async ([alg, { publicKey }]) => ({
          ...(await exportJWK(publicKey)),
          kid: alg,
          alg,
          use: 'sig',
        })),
      ),
    };
    server = createServer((request, response) => {
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    // An empty variable counts as unset, so the test system's secret is not used.
    system = await setup({ ROLE: 'api', AUTH_JWT_SECRET: '', AUTH_JWKS_URL: address });
  });

  /** A process of its own for each test: a fetched key set is remembered. */
  beforeEach(async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(keySet));
    };
    ({ url } = await system.start());
  });

  afterAll(async () => {
    await system.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function sign(key: Key, header: { alg: string; kid?: string; [name: string]: unknown }): Promise<string> {
    const exp = Math.floor(Date.now() / 1_000) + 600;
    return new SignJWT({ sub: 'alice', exp }).setProtectedHeader(header).sign(key);
  }

  function privateKey(alg: string): Key {
    const pair = keys.get(alg);
    if (pair === undefined) throw new Error(alg);
    return pair.privateKey;
  }

  async function ask(token: string) {
    const { data, errors } = await new ApiClient(url, token).execute(OrdersDocument, {});
    return errors?.[0]?.extensions ?? data;
  }

  const ADMITTED = { orders: expect.objectContaining({ totalCount: expect.any(Number) }) };
  const REFUSED = { code: 'UNAUTHENTICATED' };
  const UNKNOWN = { code: 'SERVICE_UNAVAILABLE', retryable: true, retryAfterMs: expect.any(Number) };

  test.each(ALGORITHMS)('are accepted with %s, over HTTP and WebSocket', async (alg) => {
    const token = await sign(privateKey(alg), { alg, kid: alg });
    expect(await ask(token)).toEqual(ADMITTED);
    const { order } = await create(new ApiClient(url, token));
    const watching = new ApiClient(url, token);
    await watching.watch(order.id, 0).until('the first event', ({ version }) => version === 1);
    await watching.close();
  });

  test('are accepted without a key id where exactly one key fits', async () => {
    expect(await ask(await sign(privateKey('EdDSA'), { alg: 'EdDSA' }))).toEqual(ADMITTED);
  });

  test('are refused with HS256 and the text of a public key as the secret', async () => {
    for (const alg of ALGORITHMS) {
      const { publicKey } = keys.get(alg) ?? (await generateKeyPair(alg));
      const texts = [await exportSPKI(publicKey), JSON.stringify(await exportJWK(publicKey))];
      for (const text of texts.flatMap((whole) => [whole, whole.trim()])) {
        const secret = new TextEncoder().encode(text);
        expect(await ask(await sign(secret, { alg: 'HS256', kid: alg }))).toEqual(REFUSED);
        expect(await ask(await sign(secret, { alg: 'HS256' }))).toEqual(REFUSED);
      }
    }
  });

  test('are refused with an unknown key, whatever kid, jwk or jku they carry', async () => {
    const { privateKey: stranger, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    for (const more of [{ kid: 'RS256' }, { kid: 'unknown' }, {}, { jwk }, { jku: address }]) {
      expect(await ask(await sign(stranger, { alg: 'RS256', ...more }))).toEqual(REFUSED);
    }
  });

  test('are refused with another algorithm for the same key type, and with the kid of another key type', async () => {
    const { privateKey: rsa } = await generateKeyPair('PS256');
    expect(await ask(await sign(rsa, { alg: 'PS256', kid: 'RS256' }))).toEqual(REFUSED);
    expect(await ask(await sign(privateKey('RS256'), { alg: 'RS256', kid: 'ES256' }))).toEqual(REFUSED);
  });

  test('are refused with an algorithm that is not allowed, even where the key set names none', async () => {
    const open = keySet.keys.map((key) => ({ ...key, alg: undefined }));
    answer = (_, response) => response.writeHead(200).end(JSON.stringify({ keys: open }));
    const pem = await exportPKCS8(
      keys.get('RS256')?.privateKey ?? (await generateKeyPair('RS256')).privateKey,
    );
    const tokenWith = async (alg: string) => sign(await importPKCS8(pem, alg), { alg, kid: 'RS256' });
    expect(await ask(await tokenWith('RS256'))).toEqual(ADMITTED);
    for (const alg of ['RS512', 'PS256']) expect(await ask(await tokenWith(alg))).toEqual(REFUSED);
  });

  test.each<[string, RequestListener]>([
    ['answers 500', (_, response) => response.writeHead(500).end()],
    ['answers with HTML', (_, response) => response.writeHead(200).end('<html>')],
    ['cuts the connection', (request) => request.socket.destroy()],
  ])('get a retryable error while the key set %s, and are accepted again afterwards', async (_, failing) => {
    const token = await sign(privateKey('RS256'), { alg: 'RS256', kid: 'RS256' });
    const working = answer;
    answer = failing;
    expect(await ask(token)).toEqual(UNKNOWN);
    const socket = await RawSocket.open(url);
    socket.init({ Authorization: `Bearer ${token}` });
    // Not 4403, which would tell the client that its token is bad.
    expect(await socket.closed()).toEqual({ code: 1013, reason: 'Try again later' });
    answer = working;
    // The key set is fetched again only after a pause.
    await waitFor('the key set', async () => {
      expect(await ask(token)).toEqual(ADMITTED);
      return true;
    });
  });
});
