import { describe, expect, test } from '@jest/globals';
import { ownedBy, UnsentBytes } from '../../src/http/unsent-bytes.js';
import { readConfig } from '../../src/config/config.js';

const config = readConfig({
  DATABASE_URL: 'postgresql://localhost/db',
  REDIS_URL: 'redis://localhost',
  CUSTOMER_MAX_UNSENT_BYTES: '10000',
});
const alice = ownedBy.customer('alice');

describe('the unsent bytes of a customer', () => {
  test('add up over its responses and sockets, apart from those of other owners', () => {
    const unsent = new UnsentBytes(config);
    const sockets = [{ bufferedAmount: 4_000 }, { bufferedAmount: 2_000 }];
    for (const socket of sockets) unsent.addSocket(alice, socket);
    unsent.addResponse(alice, 4_000);
    unsent.addResponse(ownedBy.network('alice'), 20_000);
    expect(unsent.isOverLimit(alice)).toBe(false);
    unsent.addResponse(alice, 1);
    expect(unsent.isOverLimit(alice)).toBe(true);
    unsent.removeResponse(alice, 4_000);
    expect(unsent.isOverLimit(alice)).toBe(false);
    for (const socket of sockets) socket.bufferedAmount += 2_000;
    expect(unsent.isOverLimit(alice)).toBe(true);
    expect(unsent.isOverLimit(ownedBy.customer('bob'))).toBe(false);
  });

  test('are zero after everything is sent and closed', () => {
    const unsent = new UnsentBytes(config);
    const socket = { bufferedAmount: 20_000 };
    unsent.addSocket(alice, socket);
    unsent.addResponse(alice, 20_000);
    unsent.removeSocket(alice, socket);
    unsent.removeSocket(alice, socket);
    expect(unsent.isOverLimit(alice)).toBe(true);
    unsent.removeResponse(alice, 20_000);
    expect([unsent.isOverLimit(alice), unsent.socketsOf(alice)]).toEqual([false, 0]);
  });
});
