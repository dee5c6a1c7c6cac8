import { describe, expect, test } from '@jest/globals';
import type { WebSocket } from 'ws';
import { SocketTokenCheck } from '../../src/subscriptions/socket-token-check.js';
import type { Caller } from '../../src/auth/caller.js';
import { readConfig } from '../../src/config/config.js';

const { auth } = readConfig({ DATABASE_URL: 'postgresql://localhost/db', REDIS_URL: 'redis://localhost' });

/** Sockets with their tokens; those with an even index belong to a withdrawn key. */
function crowd(size: number) {
  const closed: number[] = [];
  const withdrawn = new Set<Caller>();
  let refreshes = 0;
  const authenticator = {
    isWithdrawn: (caller: Caller) => withdrawn.has(caller),
    refreshKeys: () => {
      refreshes += 1;
      return Promise.resolve();
    },
  };
  const check = new SocketTokenCheck(authenticator, auth);
  const sockets = Array.from({ length: size }, (_, index) => {
    const caller: Caller = { customerId: `customer-${index}`, operator: false, expiresAtMs: 0 };
    if (index % 2 === 0) withdrawn.add(caller);
    const socket = { close: (code: number) => closed.push(code) } as unknown as WebSocket;
    check.add(socket, caller);
    return socket;
  });
  return { check, closed, sockets, refreshes: () => refreshes };
}

describe('the check of the tokens of open sockets', () => {
  test('closes each socket of a withdrawn key once, with one request for the key set a run', async () => {
    const { check, closed, refreshes } = crowd(10);
    expect(await check.runOnce()).toEqual({ closed: 5 });
    expect(await check.runOnce()).toEqual({ closed: 0 });
    expect(closed).toEqual(Array(5).fill(4403));
    expect(refreshes()).toBe(2);
  });

  test('forgets a socket that has closed', async () => {
    const { check, closed, sockets } = crowd(2);
    for (const socket of sockets) check.remove(socket);
    expect(await check.runOnce()).toEqual({ closed: 0 });
    expect(closed).toEqual([]);
  });

  test('yields to other work while it closes ten thousand sockets', async () => {
    const { check, closed } = crowd(20_000);
    const seen: number[] = [];
    const sample = () => {
      seen.push(closed.length);
      if (closed.length < 10_000) setImmediate(sample);
    };
    setImmediate(sample);
    expect(await check.runOnce()).toEqual({ closed: 10_000 });
    const steps = seen.slice(1).map((count, index) => count - (seen[index] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(200);
  });
});
