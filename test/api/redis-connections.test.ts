import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { failFast, patient, RedisConnections } from '../../src/platform/redis/redis.js';
import { OwnRedis } from '../support/own-redis.js';
import { waitFor } from '../support/wait-for.js';

describe('the start of a process with Redis connections', () => {
  let redis: OwnRedis;
  let connections: RedisConnections;

  beforeEach(async () => {
    redis = await OwnRedis.start();
    connections = new RedisConnections({
      redis: { url: redis.url, prefix: '{test}', commandTimeoutMs: 1_000 },
    });
  });

  afterEach(async () => {
    connections.onApplicationShutdown();
    await redis.end();
  });

  test('waits until they are ready', async () => {
    await redis.pause();
    const opened = [connections.open(failFast(10_000)), connections.open(patient())];
    await waitFor('connected sockets', async () => opened.every(({ status }) => status === 'connect'));
    const start = connections.onApplicationBootstrap();
    redis.resume();
    await start;
    expect(opened.map(({ status }) => status)).toEqual(['ready', 'ready']);
  });

  test('continues where Redis refuses connections, which are opened later', async () => {
    await redis.stop();
    const connection = connections.open(failFast(10_000));
    await connections.onApplicationBootstrap();
    expect(connection.status).not.toBe('ready');
    await redis.startAgain();
    await waitFor('the connection', async () => connection.status === 'ready');
  });

  test('continues where Redis does not respond', async () => {
    await redis.pause();
    const connection = connections.open(failFast(10_000));
    await connections.onApplicationBootstrap();
    expect(connection.status).not.toBe('ready');
    redis.resume();
    await waitFor('the connection', async () => connection.status === 'ready');
  });
});
