import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { errors, exportJWK, generateKeyPair, type JWK, jwtVerify, SignJWT } from 'jose';
import { type KeySetTimes, RemoteKeySet } from '../../src/auth/remote-key-set.js';
import { waitFor } from '../support/wait-for.js';

const HOUR = 3_600_000;
/** No timer fires: each test shortens the times that it is about. */
const NO_TIMERS: KeySetTimes = {
  timeoutMs: 5_000,
  minIntervalMs: HOUR,
  refreshIntervalMs: HOUR,
  maxAgeMs: 2 * HOUR,
};
/** Always in the past. */
const IMMEDIATELY = 0;

type Verify = (kid: string) => Promise<'good' | 'bad' | 'unavailable'>;

describe('a remote key set', () => {
  const pairs = new Map<string, Awaited<ReturnType<typeof generateKeyPair>>>();
  let published: JWK[];
  let server: Server;
  let url: URL;
  /** How often the issuer received a request. */
  let requests: number;
  let answer: RequestListener;

  beforeAll(async () => {
    for (const kid of ['old', 'new']) pairs.set(kid, await generateKeyPair('EdDSA', { extractable: true }));
    pairs.set('stranger', await generateKeyPair('EdDSA'));
  });

  beforeEach(async () => {
    requests = 0;
    answer = answerWithKeys;
    await publish('old');
    server = createServer((request, response) => {
      requests += 1;
      answer(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`);
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const answerWithKeys: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: published }));
  };
  const fail: RequestListener = (_, response) => {
    response.writeHead(500).end();
  };

  async function publish(...kids: string[]): Promise<void> {
    published = await Promise.all(
      kids.map(async (kid) => ({ ...(await exportJWK(pair(kid).publicKey)), kid, alg: 'EdDSA' })),
    );
  }

  function pair(kid: string) {
    const found = pairs.get(kid) ?? pairs.get('stranger');
    if (found === undefined) throw new Error(kid);
    return found;
  }

  /** Checks a token with this key id, signed with its key, or with a stranger's where the id is unknown. */
  function keySet(times: Partial<KeySetTimes> = {}): Verify {
    const keys = new RemoteKeySet(url, { ...NO_TIMERS, ...times });
    return async (kid) => {
      const token = await new SignJWT({ sub: 'alice' })
        .setProtectedHeader({ alg: 'EdDSA', kid })
        .sign(pair(kid).privateKey);
      try {
        await jwtVerify(token, keys.keyFor);
        return 'good';
      } catch (error) {
        return error instanceof errors.JWKSNoMatchingKey ? 'bad' : 'unavailable';
      }
    };
  }

  test('is fetched once for any number of tokens', async () => {
    const verify = keySet();
    const first = await Promise.all(Array.from({ length: 50 }, () => verify('old')));
    const then = await Promise.all(Array.from({ length: 50 }, () => verify('old')));
    expect(new Set([...first, ...then])).toEqual(new Set(['good']));
    expect(requests).toBe(1);
  });

  test('accepts a new key soon after it is published, and refuses an old one after it is removed', async () => {
    const verify = keySet({ minIntervalMs: 50 });
    expect([await verify('old'), await verify('new')]).toEqual(['good', 'bad']);
    await publish('old', 'new');
    await waitFor('the new key to be accepted', async () => (await verify('new')) === 'good');
    expect(await verify('old')).toBe('good');
    await publish('new');
    // A token with an unknown key id makes the key set be fetched again.
    await waitFor('a refresh', async () => (await verify('unknown')) === 'bad' && requests >= 3);
    await waitFor('the old key to be refused', async () => (await verify('old')) === 'bad');
    expect(await verify('new')).toBe('good');
  });

  test('is refreshed periodically, so that a removed key is refused without a token of a new one', async () => {
    const verify = keySet({ minIntervalMs: IMMEDIATELY, refreshIntervalMs: 50 });
    expect(await verify('old')).toBe('good');
    await publish('new');
    await waitFor('the old key to be refused', async () => (await verify('old')) === 'bad');
  });

  test('is fetched at most once in the minimum interval, whatever key ids tokens have', async () => {
    const verify = keySet();
    expect(await verify('old')).toBe('good');
    for (let index = 0; index < 50; index += 1) expect(await verify(`unknown-${index}`)).toBe('bad');
    expect(requests).toBe(1);
    const impatient = keySet({ minIntervalMs: IMMEDIATELY });
    for (let index = 0; index < 5; index += 1) await impatient(`unknown-${index}`);
    // Without a minimum interval it is fetched each time.
    expect(requests).toBeGreaterThan(3);
  });

  test('is fetched at most once in the minimum interval while it fails, too', async () => {
    const verify = keySet({ refreshIntervalMs: IMMEDIATELY - 1 });
    expect(await verify('old')).toBe('good');
    answer = fail;
    const another = keySet();
    expect(await another('old')).toBe('unavailable');
    expect(requests).toBe(2);
    answer = answerWithKeys;
    for (let index = 0; index < 20; index += 1) {
      expect([await verify('old'), await another('old')]).toEqual(['good', 'unavailable']);
    }
    expect(requests).toBe(2);
  });

  test('is used for its maximum age while the issuer is down, and no longer', async () => {
    const patient = keySet({ minIntervalMs: IMMEDIATELY, refreshIntervalMs: IMMEDIATELY });
    const short = keySet({ minIntervalMs: IMMEDIATELY, maxAgeMs: 300 });
    expect([await patient('old'), await short('old')]).toEqual(['good', 'good']);
    answer = fail;
    await waitFor('the end of its maximum age', async () => (await short('old')) === 'unavailable');
    const before = requests;
    await waitFor('failed requests', async () => {
      expect(await patient('old')).toBe('good');
      return requests > before + 3;
    });
    // Whether this key has been published is unknown.
    expect(await patient('new')).toBe('unavailable');
    answer = answerWithKeys;
    await waitFor('the issuer to be back', async () => (await short('old')) === 'good');
  });

  test.each<[string, RequestListener]>([
    [
      'never ends while it sends',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const more = () => {
          while (!response.destroyed && response.write(' '.repeat(16_384)));
        };
        response.on('drain', more);
        more();
      },
    ],
    [
      'has a megabyte',
      (_, response) => {
        response.writeHead(200).end(JSON.stringify({ keys: published, padding: 'x'.repeat(1_000_000) }));
      },
    ],
    ['never comes', () => undefined],
    ['never ends', (_, response) => response.writeHead(200).write('{"keys":[')],
  ])('is not awaited where the response %s, and the connection is closed', async (_, endless) => {
    answer = endless;
    let closed = false;
    server.once('connection', (socket) => {
      socket.once('close', () => {
        closed = true;
      });
    });
    expect(await keySet({ timeoutMs: 300 })('old')).toBe('unavailable');
    await waitFor('its connection to be closed', () => closed);
  });

  test.each<[string, number, string]>([
    ['not JSON', 200, '<html>'],
    ['not a key set', 200, '{"keys":{}}'],
    ['null', 200, 'null'],
    ['another status', 203, '{"keys":[]}'],
    ['a secret', 200, '{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"old","alg":"EdDSA"}]}'],
  ])('accepts no token where the response is %s', async (_, status, body) => {
    answer = (_request, response) => response.writeHead(status).end(body);
    expect(await keySet()('old')).not.toBe('good');
    expect(requests).toBe(1);
  });

  test('is not fetched from where a redirect points', async () => {
    let visited = false;
    answer = (request, response) => {
      if (request.url === '/keys') {
        response.writeHead(302, { location: '/elsewhere' }).end(JSON.stringify({ keys: published }));
      } else {
        visited = true;
        answerWithKeys(request, response);
      }
    };
    for (const status of [301, 302, 307, 308]) {
      expect([status, await keySet()('old')]).toEqual([status, 'unavailable']);
    }
    expect(visited).toBe(false);
  });

  test('accepts no token for a malformed key or one for other uses', async () => {
    const { publicKey } = pair('old');
    const jwk = await exportJWK(publicKey);
    for (const broken of [
      { ...jwk, x: 'AA' },
      { ...jwk, use: 'enc' },
      { ...jwk, key_ops: ['sign'] },
    ]) {
      published = [{ ...broken, kid: 'old', alg: 'EdDSA' }];
      expect(await keySet()('old')).not.toBe('good');
    }
  });

  test('that was not used for long is fetched before the next token is checked', async () => {
    const verify = keySet({ minIntervalMs: IMMEDIATELY, refreshIntervalMs: 20 });
    expect(await verify('old')).toBe('good');
    await publish('new');
    const since = performance.now();
    await waitFor('more than two intervals', () => performance.now() - since > 41);
    // The first check already uses the new keys.
    expect(await verify('old')).toBe('bad');
  });
});
