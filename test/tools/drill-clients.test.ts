import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Customers } from '../drills/clients/customers.js';
import type { Completion, FrameEntry, HistoryEntry, Invocation } from '../drills/evidence.js';
import { Random } from '../support/random.js';
import { Recorder } from '../drills/recorder.js';
import { ControlRefused } from '../drills/system/system.js';
import { Control } from '../support/sandbox.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

interface Stored {
  readonly id: string;
  readonly version: number;
  readonly status: string;
}

const ACTION_TIMEOUT_MS = 1_000;
/** Two APIs and their customers share this process, which makes the first hundred orders slow on a busy machine. */
const LOAD_MS = 40_000;

describe('the customers of the fault drills', () => {
  let system: TestSystem;
  let directory: string;
  let recorder: Recorder;
  let customers: Customers;
  let links: TcpProxy[];
  let stored: Stored[];

  beforeAll(async () => {
    system = await setup({
      DATABASE_POOL_SIZE: '10',
      PAYMENT_ACTION_TIMEOUT_MS: String(ACTION_TIMEOUT_MS),
      // Nobody but recovery ends a payment whose customer never comes.
      RECOVERY_STUCK_AFTER_MS: '2000',
      RECOVERY_INTERVAL_MS: '500',
    });
    directory = await mkdtemp(join(tmpdir(), 'drill-clients-'));
    const processes = [await system.start(), await system.start()];
    links = await Promise.all(processes.map(({ url }) => TcpProxy.start(url)));
    recorder = new Recorder(directory);
    customers = new Customers({
      system: {
        apiUrls: links.map(({ url }) => url),
        token: (sub, roles) => system.token(sub, { roles: [...(roles ?? [])] }),
        rewinds: [],
        now: () => recorder.now(),
        control,
      },
      actionTimeoutMs: ACTION_TIMEOUT_MS,
      recorder,
      random: new Random(7),
      ordersPerSecond: 40,
      prices: await prices(),
    });
    await customers.start();
    const { counts } = customers;
    await waitFor('some orders', () => counts.acknowledged > 60 && counts.frames > 60, LOAD_MS);
    // One link goes silent, so that calls time out and sockets are found dead.
    links[0]?.swallowOpen();
    await waitFor('unknown outcomes and retries', () => counts.doubts > 5 && counts.retries > 5, LOAD_MS);
    await waitFor('more orders', () => counts.acknowledged > 150 && counts.resumed > 5, LOAD_MS);
    await customers.stop();
    stored = await atRest();
    await customers.settle(new Map(stored.map(({ id, version }) => [id, version])));
    await recorder.close();
  }, 180_000);

  afterAll(async () => {
    await customers.close();
    for (const link of links) await link.end();
    await system.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function control(method: string, path: string, body?: unknown): Promise<unknown> {
    const { status, body: answer } = await new Control(system.sandboxUrl).call(method, path, body as object);
    if (status !== 200) throw new ControlRefused(path);
    return answer;
  }

  async function prices() {
    const { rows } = await system.sql.query<{
      sku: string;
      amount: number;
      currency: string;
      active: boolean;
    }>('SELECT sku, unit_amount AS amount, currency::text AS currency, active FROM products');
    return Object.fromEntries(rows.map(({ sku, ...price }) => [sku, price]));
  }

  async function atRest(): Promise<Stored[]> {
    return waitFor('rest', async () => {
      const { rows } = await system.sql.query<Stored>('SELECT id::text, version, status::text FROM orders');
      const resting = ['CONFIRMED', 'PAYMENT_FAILED', 'CANCELLED'];
      return rows.every(({ status }) => resting.includes(status)) ? rows : undefined;
    });
  }

  const invocations = () => recorder.history.filter((entry): entry is Invocation => entry.type === 'invoke');
  const completion = (call: number) =>
    recorder.history.filter((entry): entry is Completion => entry.type !== 'invoke' && entry.call === call);

  test('complete every call once, and not before it begins', () => {
    for (const { at, call } of invocations()) {
      const found = completion(call);
      expect(found).toHaveLength(1);
      expect(found[0]?.at).toBeGreaterThanOrEqual(at);
    }
  });

  test('get at least one definite answer for every key that was sent', () => {
    const settled = new Set<string>();
    const sent = new Set<string>();
    for (const { call, customer, operation } of invocations()) {
      if (operation.name !== 'createOrder' && operation.name !== 'orderByIdempotencyKey') continue;
      const name = `${customer} ${operation.key}`;
      sent.add(name);
      const [found] = completion(call);
      const foundNothing = operation.name === 'orderByIdempotencyKey' && found?.answer === null;
      if (found?.type !== 'info' && !foundNothing) settled.add(name);
    }
    expect(settled).toEqual(sent);
    expect(sent.size).toBeGreaterThan(150);
  });

  test('get only the answers that their calls may have', () => {
    const wrong = invocations().flatMap(({ call, customer, operation }) => {
      const [found] = completion(call);
      if (found === undefined || found.type === 'info') return [];
      const refused = found.type === 'fail' && found.error?.code === 'BAD_USER_INPUT';
      if (operation.name === 'createOrder' && operation.intent === 'invalid') return refused ? [] : [found];
      if (operation.name === 'order') {
        return (found.answer !== null) === (customer === operation.owner) ? [] : [found];
      }
      return found.type === 'ok' ? [] : [found];
    });
    expect(wrong).toEqual([]);
  });

  test('see versions without a gap, across a subscription and the one that resumes it', () => {
    const versions = new Map<string, number[]>();
    for (const { call, customer, operation } of invocations()) {
      if (operation.name !== 'orderEvents') continue;
      const name = `${customer} ${operation.orderId}`;
      const seen = versions.get(name) ?? [];
      const got = recorder.frames.flatMap((frame) =>
        frame.type === 'frame' && frame.call === call ? [frame.event.version] : [],
      );
      expect(recorder.frames.filter((frame) => frame.type === 'end' && frame.call === call)).toHaveLength(1);
      versions.set(name, [...seen, ...got]);
    }
    for (const seen of versions.values()) {
      expect(seen).toEqual(seen.map((_, index) => (seen[0] ?? 0) + index));
    }
    expect(versions.size).toBeGreaterThan(50);
  });

  test('see the last version if the subscription completes', () => {
    const final = new Map(stored.map(({ id, version }) => [id, version]));
    const completed = recorder.frames.filter((frame) => frame.type === 'end' && frame.how === 'complete');
    expect(completed.length).toBeGreaterThan(0);
    for (const { call } of completed) {
      const invocation = invocations().find((entry) => entry.call === call);
      if (invocation?.operation.name !== 'orderEvents') throw new Error('the call is not a subscription');
      const { orderId, afterVersion = 0 } = invocation.operation;
      const last = recorder.frames.findLast((frame) => frame.type === 'frame' && frame.call === call);
      const version = last?.type === 'frame' ? last.event.version : afterVersion;
      expect(version).toBe(final.get(orderId));
    }
  });

  test('authenticate payments at the bank, come too late or never, and pay again what has failed', async () => {
    expect(customers.counts.authentications).toBeGreaterThan(0);
    expect(customers.counts.paidAgain).toBeGreaterThan(0);
    const { rows } = await system.sql.query<{ type: string }>('SELECT DISTINCT type FROM order_events');
    expect(rows.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['PAYMENT_ACTION_REQUIRED', 'PAYMENT_REQUESTED']),
    );
    const { rows: late } = await system.sql.query(
      "SELECT FROM orders WHERE failure_code = 'authentication_timeout'",
    );
    expect(late.length).toBeGreaterThan(0);
  });

  test('leave files with the same entries as in memory', async () => {
    const read = async (name: string): Promise<unknown[]> => {
      const lines = (await readFile(join(directory, name), 'utf8')).trim().split('\n');
      return lines.map((line): unknown => JSON.parse(line));
    };
    const plain = (entries: readonly (HistoryEntry | FrameEntry)[]): unknown =>
      JSON.parse(JSON.stringify(entries));
    expect(await read('history.jsonl')).toEqual(plain(recorder.history));
    expect(await read('frames.jsonl')).toEqual(plain(recorder.frames));
  });
});
