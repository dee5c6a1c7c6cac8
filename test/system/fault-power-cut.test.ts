import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Control } from '../support/sandbox.js';
import type { CreateOrderInput } from '../generated/graphql.js';
import { ApiClient } from '../support/api-client.js';
import { OrderDocument, orderInput, OrdersDocument } from '../support/documents.js';
import { killAll, NpmStart, processesOf } from '../support/npm-start.js';
import { captures, create, createWithRetries } from '../support/placed-orders.js';
import { waitFor } from '../support/wait-for.js';

const CUSTOMERS = 8;
const ACKNOWLEDGED = 40;
const AT_REST_MS = 60_000;
/** A killed worker's jobs are taken over within seconds instead of half a minute. */
const SOON = {
  RECOVERY_INTERVAL_MS: '500',
  RECOVERY_STUCK_AFTER_MS: '3000',
  WORKER_LOCK_MS: '2000',
  WORKER_STALLED_CHECK_INTERVAL_MS: '500',
  PAYMENT_RETRY_CAP_MS: '1000',
};

// Processes are found by /proc.
const describeOnLinux = process.platform === 'linux' ? describe : describe.skip;

describeOnLinux('fault 36: everything is killed at once under load and started again', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), 'order-power-cut-')));
  });

  afterEach(async () => {
    await killAll(directory);
    await rm(directory, { recursive: true, force: true });
  });

  function customerAt(started: NpmStart): ApiClient {
    return new ApiClient(started.url, started.token('customer alice'));
  }

  /** Customers who place orders one after another until the power cut. */
  function load(client: ApiClient) {
    const acknowledged = new Map<string, string>();
    const cut: CreateOrderInput[] = [];
    const power = { on: true };
    const customer = async () => {
      for (let input = orderInput(); ;) {
        try {
          acknowledged.set(input.idempotencyKey, (await create(client, input)).id);
          input = orderInput();
        } catch {
          if (power.on) continue;
          // The outcome of this order is unknown.
          cut.push(input);
          return;
        }
      }
    };
    return { acknowledged, cut, power, ended: Promise.all(Array.from({ length: CUSTOMERS }, customer)) };
  }

  async function totalOrders(client: ApiClient): Promise<number> {
    return (await client.data(OrdersDocument, { first: 1 })).orders.totalCount;
  }

  test('every acknowledged order is CONFIRMED with one capture, and a retry settles every create without an answer', async () => {
    const before = await NpmStart.begin(directory, SOON).ready();
    const sandbox = new Control(before.sandboxUrl);
    await sandbox.addFault({ kind: 'outage', endpoint: 'payment_intents.create', count: 6 });
    await sandbox.addFault({ kind: 'charged_then_timeout', endpoint: 'payment_intents.confirm', count: 5 });
    await sandbox.addFault({ kind: 'latency', latencyMs: 300 });
    const { acknowledged, cut, power, ended } = load(customerAt(before));
    await waitFor('orders', () => acknowledged.size >= ACKNOWLEDGED);
    // Some are charged with their answers lost, others are not charged yet.
    await waitFor('charges', async () => [...(await captures(before.sandboxUrl)).values()].includes(1));
    power.on = false;
    await killAll(directory);
    await ended;

    const startedAt = performance.now();
    const after = await NpmStart.begin(directory, SOON).ready();
    const client = customerAt(after);
    for (const input of cut)
      acknowledged.set(input.idempotencyKey, (await createWithRetries([client], input)).id);
    for (const id of acknowledged.values()) {
      const left = AT_REST_MS - (performance.now() - startedAt);
      await waitFor(
        'CONFIRMED',
        async () => (await client.data(OrderDocument, { id })).order?.status === 'CONFIRMED',
        left,
      );
    }
    const ids = [...acknowledged.values()];
    expect(new Set(ids).size).toBe(ids.length);
    expect(await totalOrders(client)).toBe(ids.length);
    const ledger = await captures(after.sandboxUrl);
    expect(ids.map((id) => ledger.get(id))).toEqual(ids.map(() => 1));
    expect(ledger.size).toBe(ids.length);
    for (const id of ids) {
      const { order } = await client.data(OrderDocument, { id });
      const versions = Array.from({ length: order?.version ?? 0 }, (_, index) => index + 1);
      expect(order?.events.map(({ version }) => version)).toEqual(versions);
    }
    expect(await after.stop('SIGINT')).toEqual({ code: 0, signal: null });
    expect(await processesOf(directory)).toEqual([]);
  }, 180_000);
});
