import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { RunningServer } from '../../src/dev/servers/child-process.js';
import { findRedisServer } from '../../src/dev/servers/find-redis.js';
import { isAlive } from '../../src/dev/servers/leftover-server.js';
import { startPostgres } from '../../src/dev/servers/postgres-server.js';
import { startRedis } from '../../src/dev/servers/redis-server.js';
import { copyTemplateCluster } from '../support/servers/template-cluster.js';
import { required } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

const MAX_WAIT_MS = 60_000;
/** Rows must survive a kill -9 of the server, for which the operating system's cache is enough. */
const settings = { fsync: 'off' };

let dataDir: string;
/** Everything that a test started, to be stopped even if it fails. */
let started: RunningServer[];
let strangers: ChildProcess[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'servers-'));
  started = [];
  strangers = [];
});

afterEach(async () => {
  for (const stranger of strangers) stranger.kill('SIGKILL');
  for (const server of started) await server.stop();
  await rm(dataDir, { recursive: true });
});

async function postgres(options: { port?: number } = {}): Promise<RunningServer> {
  const server = await startPostgres({ dataDir: join(dataDir, 'postgres'), settings, ...options });
  started.push(server);
  return server;
}

/** Copies an existing cluster, so that a test need not wait for initdb. */
async function copyCluster(): Promise<void> {
  await copyTemplateCluster(required('TEST_TEMPLATE_CLUSTER'), join(dataDir, 'postgres'));
}

async function redis(options: { port?: number } = {}): Promise<RunningServer> {
  const server = await startRedis({ dataDir: join(dataDir, 'redis'), ...options });
  started.push(server);
  return server;
}

async function query(server: RunningServer, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function ask<T>(server: RunningServer, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(server.url);
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

/** Starts a process that is not one of our servers, and returns its id. */
async function startStranger(): Promise<number> {
  const stranger = spawn('sleep', ['600'], { stdio: 'ignore' });
  strangers.push(stranger);
  await once(stranger, 'spawn');
  if (stranger.pid === undefined) throw new Error('sleep has no process id.');
  return stranger.pid;
}

async function killHard(server: RunningServer): Promise<void> {
  process.kill(server.pid, 'SIGKILL');
  await waitFor('its end', () => !isAlive(server.pid), MAX_WAIT_MS);
}

/** Takes a port of 127.0.0.1 for as long as `work` runs. */
async function withTakenPort<T>(work: (port: number) => Promise<T>): Promise<T> {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = holder.address();
  try {
    if (address === null || typeof address === 'string') throw new Error('No port.');
    return await work(address.port);
  } finally {
    holder.close();
  }
}

describe('PostgreSQL', () => {
  test('creates the database, keeps its rows across a restart, and ends when stopped', async () => {
    const first = await postgres();
    await query(first, 'CREATE TABLE kept AS SELECT 7 AS number');
    const shown = await query(
      first,
      "SELECT current_database() AS db, current_user AS account, 'ÄÖ' AS text",
    );
    expect(shown).toEqual([{ db: 'orders', account: 'orders', text: 'ÄÖ' }]);
    expect(await query(first, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(await query(first, 'SHOW fsync')).toEqual([{ fsync: 'off' }]);
    await Promise.all([first.stop(), first.stop()]);
    expect(isAlive(first.pid)).toBe(false);
    const second = await postgres();
    expect(await query(second, 'SELECT number FROM kept')).toEqual([{ number: 7 }]);
  });

  test('refuses a wrong password', async () => {
    await copyCluster();
    const server = await postgres();
    const url = server.url.replace(/:[^:@/]+@/, ':wrong@');
    await expect(query({ ...server, url }, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  test('stops the server that a killed run left on the same directory', async () => {
    await copyCluster();
    const left = await postgres();
    await query(left, 'CREATE TABLE kept AS SELECT 7 AS number');
    const next = await postgres();
    expect(next.pid).not.toBe(left.pid);
    expect(isAlive(left.pid)).toBe(false);
    expect(await query(next, 'SELECT number FROM kept')).toEqual([{ number: 7 }]);
  });

  test('recovers committed rows after a kill -9 of the server itself', async () => {
    await copyCluster();
    const killed = await postgres();
    await query(killed, 'CREATE TABLE kept AS SELECT 7 AS number');
    await killHard(killed);
    expect(await query(await postgres(), 'SELECT number FROM kept')).toEqual([{ number: 7 }]);
  });

  test('does not stop another process that has the id from an old pid file', async () => {
    await copyCluster();
    await (await postgres()).stop();
    const stranger = await startStranger();
    const cluster = join(dataDir, 'postgres', 'cluster');
    await writeFile(
      join(cluster, 'postmaster.pid'),
      `${stranger}\n${cluster}\n1\n5432\n\n127.0.0.1\n\nready\n`,
    );
    await query(await postgres(), 'SELECT 1');
    expect(isAlive(stranger)).toBe(true);
  });

  test('removes what an interrupted initdb left', async () => {
    const directory = join(dataDir, 'postgres');
    const remains = join(directory, 'partial-cluster-of-a-killed-run');
    await mkdir(join(remains, 'base'), { recursive: true });
    await writeFile(join(remains, 'PG_VERSION'), '18\n');
    await query(await postgres(), 'SELECT 1');
    expect((await readdir(directory)).sort()).toEqual(['cluster', 'password']);
  });

  test('fails with the reason why it did not start', async () => {
    await copyCluster();
    await withTakenPort((port) => expect(postgres({ port })).rejects.toThrow(/Address already in use/));
    const bad = startPostgres({ dataDir: join(dataDir, 'postgres'), settings: { shared_buffers: 'much' } });
    await expect(bad).rejects.toThrow(/invalid value for parameter "shared_buffers"/);
  });
});

describe('Redis', () => {
  test('is configured to keep its data, and keeps them across a restart', async () => {
    const first = await redis();
    await ask(first, (client) => client.set('kept', '7'));
    const config = await ask(first, (client) => client.config('GET', 'append*', 'maxmemory-policy', 'save'));
    expect(config).toEqual(expect.arrayContaining(['appendonly', 'yes', 'everysec', 'noeviction', '']));
    await Promise.all([first.stop(), first.stop()]);
    expect(isAlive(first.pid)).toBe(false);
    expect(await ask(await redis(), (client) => client.get('kept'))).toBe('7');
  });

  test('stops the server that a killed run left on the same directory', async () => {
    const left = await redis();
    await ask(left, (client) => client.set('kept', '7'));
    const next = await redis();
    expect(next.pid).not.toBe(left.pid);
    expect(isAlive(left.pid)).toBe(false);
    expect(await ask(next, (client) => client.get('kept'))).toBe('7');
  });

  test('starts after a kill -9 that tore the end of its append-only file', async () => {
    const killed = await redis();
    await ask(killed, (client) => client.set('kept', '7'));
    await killHard(killed);
    const files = join(dataDir, 'redis', 'appendonlydir');
    const increment = (await readdir(files)).find((name) => name.endsWith('.incr.aof'));
    await writeFile(join(files, increment ?? 'none'), '*3\r\n$3\r\nSET\r\n$4\r\nto', { flag: 'a' });
    expect(await ask(await redis(), (client) => client.get('kept'))).toBe('7');
  });

  test('does not stop another process that has the id from an old pid file', async () => {
    await (await redis()).stop();
    const stranger = await startStranger();
    await writeFile(join(dataDir, 'redis', 'redis.pid'), `${stranger}\n`);
    expect(await ask(await redis(), (client) => client.ping())).toBe('PONG');
    expect(isAlive(stranger)).toBe(true);
  });

  test('fails with the reason why it did not start', async () => {
    await withTakenPort((port) => expect(redis({ port })).rejects.toThrow(/Address already in use/));
  });

  test('is found on PATH first; without one, the error says how to install it', async () => {
    const path = process.env['PATH'];
    const announced: string[] = [];
    const find = (): Promise<string> => findRedisServer({ announce: (line) => announced.push(line) });
    try {
      for (const name of ['valkey-server', 'redis-server']) {
        process.env['PATH'] = join(dataDir, 'bin');
        await mkdir(join(dataDir, 'bin'), { recursive: true });
        await writeFile(join(dataDir, 'bin', name), '#!/bin/sh\n', { mode: 0o755 });
        expect(await find()).toBe(join(dataDir, 'bin', name));
      }
      process.env['PATH'] = '';
      await expect(find()).rejects.toThrow(/apt-get install redis-server[^]*dnf[^]*brew[^]*REDIS_URL=/);
    } finally {
      process.env['PATH'] = path;
    }
    expect(announced).toEqual([]);
  });
});
