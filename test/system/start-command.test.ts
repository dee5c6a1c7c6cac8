import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { access, mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '../support/api-client.js';
import { OrderDocument } from '../support/documents.js';
import { killAll, NpmStart, processesOf } from '../support/npm-start.js';
import { captures, create, untilConfirmed } from '../support/placed-orders.js';
import { setup } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

const ENDED = { code: 0, signal: null };

// Processes are found by /proc.
const describeOnLinux = process.platform === 'linux' ? describe : describe.skip;

describeOnLinux('npm start', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), 'order-start-')));
  });

  afterEach(async () => {
    await killAll(directory);
    await rm(directory, { recursive: true, force: true });
  });

  async function placeOrder(started: NpmStart): Promise<string> {
    return (await create(new ApiClient(started.url, started.token('customer alice')))).id;
  }

  async function untilConfirmedAt(started: NpmStart, id: string): Promise<void> {
    const client = new ApiClient(started.url, started.token('customer alice'));
    await waitFor(
      'CONFIRMED',
      async () => (await client.data(OrderDocument, { id })).order?.status === 'CONFIRMED',
      30_000,
    );
  }

  test('starts the whole system with valid tokens, and SIGINT leaves nothing running', async () => {
    const started = await NpmStart.begin(directory).ready();
    expect((await fetch(`${started.url}/health/ready`)).status).toBe(200);
    for (const name of ['', 'postgres', 'redis', 'sandbox'])
      expect([name, (await stat(join(directory, '.data', name))).mode & 0o777]).toEqual([name, 0o700]);
    const id = await placeOrder(started);
    await untilConfirmedAt(started, id);
    const operator = new ApiClient(started.url, started.token('operator olivia'));
    expect((await operator.data(OrderDocument, { id })).order).toMatchObject({ id, status: 'CONFIRMED' });
    expect(await captures(started.sandboxUrl)).toEqual(new Map([[id, 1]]));

    const second = NpmStart.begin(directory);
    expect((await second.ended).code).toBe(1);
    expect(second.lines).toEqual([expect.stringMatching(/^\.data is in use by process \d+/)]);
    expect((await fetch(`${started.url}/health/ready`)).status).toBe(200);

    expect(await started.stop('SIGINT')).toEqual(ENDED);
    expect(await processesOf(directory)).toEqual([]);

    // Tokens and data survive the restart.
    const again = await NpmStart.begin(directory).ready();
    const client = new ApiClient(again.url, started.token('customer alice'));
    expect((await client.data(OrderDocument, { id })).order).toMatchObject({ id, status: 'CONFIRMED' });
    expect(await again.stop('SIGTERM')).toEqual(ENDED);
    expect(await processesOf(directory)).toEqual([]);
  }, 120_000);

  test('interrupted during its start leaves nothing running', async () => {
    const started = NpmStart.begin(directory);
    const pidFile = join(directory, '.data', 'postgres', 'cluster', 'postmaster.pid');
    await waitFor('PostgreSQL', async () => (await readFile(pidFile, 'utf8')) !== '');
    expect(await started.stop('SIGINT')).toEqual(ENDED);
    expect(await processesOf(directory)).toEqual([]);
    expect(started.lines.join('\n')).not.toContain('Orders are taken at');
  }, 60_000);

  test('uses the PostgreSQL and Redis of the environment', async () => {
    const system = await setup();
    try {
      const { DATABASE_URL = '', REDIS_URL = '', REDIS_PREFIX = '' } = system.env;
      const started = await NpmStart.begin(directory, { DATABASE_URL, REDIS_URL, REDIS_PREFIX }).ready();
      const id = await placeOrder(started);
      await untilConfirmed(system.sql, [id]);
      expect(await captures(started.sandboxUrl)).toEqual(new Map([[id, 1]]));
      // The sandbox had the webhook URL before this process listened there.
      await waitFor('the webhook', async () => {
        const { rows } = await system.sql.query<{ type: string }>('SELECT type FROM webhook_events');
        return rows.some(({ type }) => type === 'payment_intent.succeeded');
      });
      for (const name of ['postgres', 'redis'])
        await expect(access(join(directory, '.data', name))).rejects.toThrow('ENOENT');
      expect(await started.stop('SIGINT')).toEqual(ENDED);
    } finally {
      await killAll(directory);
      await system.close();
    }
  }, 60_000);

  test('refuses a database that does not answer, and leaves nothing running', async () => {
    const started = NpmStart.begin(directory, { DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/none' });
    expect((await started.ended).code).toBe(1);
    expect(started.lines.join('\n')).toContain('127.0.0.1:9');
    expect(await processesOf(directory)).toEqual([]);
  }, 60_000);

  test('refuses a port that is taken, and leaves nothing running', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      const started = NpmStart.begin(directory, { PORT: String(port) });
      expect((await started.ended).code).toBe(1);
      expect(started.lines.at(-1)).toMatch(new RegExp(`address already in use 127\\.0\\.0\\.1:${port}`));
      expect(await processesOf(directory)).toEqual([]);
    } finally {
      other.close();
    }
  }, 60_000);

  test('names every invalid setting before a server starts', async () => {
    const started = NpmStart.begin(directory, { PORT: 'x', RELAY_BATCH_SIZE: '0' });
    expect((await started.ended).code).toBe(1);
    expect(started.lines).toEqual([
      expect.stringMatching(/^PORT: /),
      expect.stringMatching(/^RELAY_BATCH_SIZE: /),
    ]);
    expect(await processesOf(directory)).toEqual([]);
    await expect(access(join(directory, '.data', 'postgres'))).rejects.toThrow('ENOENT');
  }, 60_000);

  test('refuses to run in production', async () => {
    const started = NpmStart.begin(directory, { NODE_ENV: 'production' });
    expect((await started.ended).code).toBe(1);
    expect(started.lines).toEqual([expect.stringMatching(/^NODE_ENV: .*start:prod/)]);
    await expect(access(join(directory, '.data'))).rejects.toThrow('ENOENT');
  }, 60_000);
});
