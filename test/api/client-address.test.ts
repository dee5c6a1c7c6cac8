import { afterEach, describe, expect, test } from '@jest/globals';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';
import { readConfig } from '../../src/config/config.js';
import { createHttpAdapter } from '../../src/http/http-server.js';

const BASE = { DATABASE_URL: 'postgresql://localhost/db', REDIS_URL: 'redis://localhost' };

describe("the client's address", () => {
  const adapters: FastifyAdapter[] = [];

  afterEach(async () => {
    await Promise.all(adapters.splice(0).map((adapter) => adapter.close()));
  });

  /** What a handler sees of a request that came from 127.0.0.1. */
  async function addressOf(
    TRUSTED_PROXIES: string,
    forwardedFor: string,
    host = '127.0.0.1',
  ): Promise<string> {
    const adapter = createHttpAdapter(readConfig({ ...BASE, TRUSTED_PROXIES }).http);
    adapters.push(adapter);
    const instance = adapter.getInstance();
    instance.get('/address', async ({ ip }) => ip);
    await instance.listen({ host, port: 0 });
    const { port } = instance.server.address() as AddressInfo;
    const headers = { 'x-forwarded-for': forwardedFor };
    return (await fetch(`http://127.0.0.1:${port}/address`, { headers })).text();
  }

  test.each<[string, string, string]>([
    ['', '203.0.113.9', '127.0.0.1'],
    ['10.0.0.0/8', '203.0.113.9', '127.0.0.1'],
    ['127.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['127.0.0.0/8', '2001:db8::9', '2001:db8::9'],
    // Only what trusted proxies have added themselves counts.
    ['127.0.0.0/8', 'made.up, 198.51.100.7, 203.0.113.9', '203.0.113.9'],
    ['127.0.0.0/8,192.0.2.1', '203.0.113.9, 192.0.2.1', '203.0.113.9'],
  ])('behind proxies at "%s", with X-Forwarded-For: %s, is %s', async (trusted, forwardedFor, address) => {
    expect(await addressOf(trusted, forwardedFor)).toBe(address);
  });

  test('is taken from X-Forwarded-For for IPv4 over IPv6, too', async () => {
    expect(await addressOf('127.0.0.1', '203.0.113.9', '::')).toBe('203.0.113.9');
  });
});
