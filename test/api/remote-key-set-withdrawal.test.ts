import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { jwtVerify } from 'jose';
import { type PublishedKey, RemoteKeySet } from '../../src/auth/remote-key-set.js';
import { KeyIssuer } from '../support/key-issuer.js';

const HOUR = 3_600_000;
/** Only refresh() fetches the key set. */
const TIMES = { timeoutMs: 5_000, minIntervalMs: 0, refreshIntervalMs: HOUR, maxAgeMs: 2 * HOUR };

describe('a key of a remote key set', () => {
  let issuer: KeyIssuer;
  let keys: RemoteKeySet;

  beforeEach(async () => {
    issuer = await KeyIssuer.start();
    await issuer.publish('old');
    keys = new RemoteKeySet(new URL(issuer.url), TIMES);
  });

  afterEach(() => issuer.close());

  /** The key that a token was checked with. */
  async function checkedWith(kid: string, header: { kid?: string } = { kid }): Promise<PublishedKey> {
    const { protectedHeader, key } = await jwtVerify(await issuer.sign(kid, header), keys.keyFor);
    return keys.track(protectedHeader, key);
  }

  test('is withdrawn when the issuer no longer publishes it, while other keys are not', async () => {
    await issuer.publish('old', 'new');
    const [old, newer] = [await checkedWith('old'), await checkedWith('new')];
    await keys.refresh();
    expect([old.isWithdrawn, newer.isWithdrawn]).toEqual([false, false]);
    await issuer.publish('new');
    await keys.refresh();
    expect([old.isWithdrawn, newer.isWithdrawn]).toEqual([true, false]);
  });

  test('is withdrawn when another key is published under its key id', async () => {
    const old = await checkedWith('old');
    issuer.published = [{ ...(await issuer.jwk('new')), kid: 'old' }];
    await keys.refresh();
    expect(old.isWithdrawn).toBe(true);
  });

  test('is withdrawn when it is no longer for signatures, or malformed', async () => {
    const jwk = await issuer.jwk('old');
    for (const changed of [
      { ...jwk, use: 'enc' },
      { ...jwk, x: 'AA' },
    ]) {
      issuer.published = [jwk];
      await keys.refresh();
      const old = await checkedWith('old');
      issuer.published = [changed];
      await keys.refresh();
      expect(old.isWithdrawn).toBe(true);
    }
  });

  test('is not withdrawn by another order of keys or additional members', async () => {
    await issuer.publish('old', 'new');
    const old = await checkedWith('old');
    issuer.published = issuer.published.toReversed().map((key) => ({ ...key, use: 'sig', note: 'seen' }));
    await keys.refresh();
    expect(old.isWithdrawn).toBe(false);
  });

  test('used without a key id is not withdrawn while others are published as well', async () => {
    const old = await checkedWith('old', {});
    await issuer.publish('old', 'new');
    await keys.refresh();
    expect(old.isWithdrawn).toBe(false);
    await issuer.publish('new');
    await keys.refresh();
    expect(old.isWithdrawn).toBe(true);
  });

  test.each<[string, RequestListener]>([
    ['fails', (_, response) => response.writeHead(500).end()],
    ['is not a key set', (_, response) => response.writeHead(200).end('{"error":"maintenance"}')],
    ['is not JSON', (_, response) => response.writeHead(200).end('<html>')],
    ['is cut off', (request) => request.socket.destroy()],
  ])('is not withdrawn by an answer that %s', async (_, broken) => {
    const old = await checkedWith('old');
    issuer.broken = broken;
    await keys.refresh();
    await keys.refresh();
    expect(issuer.requests).toBeGreaterThanOrEqual(3);
    expect(old.isWithdrawn).toBe(false);
    expect((await checkedWith('old')).isWithdrawn).toBe(false);
  });

  test('published again is valid for tokens that are checked from then on', async () => {
    const before = await checkedWith('old');
    await issuer.publish('new');
    await keys.refresh();
    await issuer.publish('old');
    await keys.refresh();
    expect((await checkedWith('old')).isWithdrawn).toBe(false);
    expect(before.isWithdrawn).toBe(true);
  });
});
