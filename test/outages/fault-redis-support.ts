import { expect } from '@jest/globals';
import { appendFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from '../support/api-client.js';
import { OrderSteps } from '../support/order-steps.js';
import { OwnRedis } from '../support/own-redis.js';
import { captures, create, ordersWithHoles, untilConfirmed } from '../support/placed-orders.js';
import { Processes } from '../support/processes.js';
import type { Environment } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** FAULT_SECONDS=20 runs the faults as long as the contract says, with production settings. */
const REAL_SECONDS = process.env['FAULT_SECONDS'];
const FAULT_MS = Number(REAL_SECONDS ?? '2') * 1_000;
/** The timeout of a test. */
export const TEST_MS = 90_000 + 2 * FAULT_MS;

const SHORT: Environment = {
  RECOVERY_STUCK_AFTER_MS: '2000',
  RECOVERY_INTERVAL_MS: '500',
  WORKER_CONCURRENCY: '5',
  // How long a job stays locked if the answer to the worker that took it is lost with the connection.
  WORKER_LOCK_MS: '2000',
  WORKER_STALLED_CHECK_INTERVAL_MS: '500',
};
const PRODUCTION: Environment = {
  PAYMENT_RETRY_BASE_MS: '500',
  PAYMENT_RETRY_CAP_MS: '15000',
  RELAY_POLL_INTERVAL_MS: '500',
};
const SETTINGS = REAL_SECONDS === undefined ? SHORT : PRODUCTION;

/** The duration of a charge until the end of the fault, so that the fault meets work in every state. */
const SLOW_CHARGE_MS = 1_000;
/** The pause between two orders. */
const PACE_MS = 100;

/** A system with a Redis of its own, its relay and worker in a real process, and a client that places orders. */
export class SystemUnderFault {
  readonly orders: string[] = [];

  private constructor(
    readonly redis: OwnRedis,
    readonly steps: OrderSteps,
    private readonly client: ApiClient,
    private readonly processes: Processes,
    private readonly ownClients: number,
  ) {}

  static async open(): Promise<SystemUnderFault> {
    const redis = await OwnRedis.start();
    const processes = new Processes();
    const steps = await OrderSteps.open({ REDIS_URL: redis.url, ...SETTINGS });
    // Commands of the API wait for Redis without a limit.
    const { url } = await steps.system.start({ ROLE: 'api', REDIS_COMMAND_TIMEOUT_MS: '3600000' });
    const ownClients = await redis.clients();
    await processes.start({ ...steps.system.env, ROLE: 'relay,worker' });
    const client = new ApiClient(url, await steps.system.token('alice'));
    return new SystemUnderFault(redis, steps, client, processes, ownClients);
  }

  /** Call this after each test. */
  async endFault(): Promise<void> {
    this.redis.resume();
    await this.redis.startAgain();
    await this.steps.sandbox.clearFaults();
  }

  async close(): Promise<void> {
    await this.processes.end();
    // A connection that is closed while it reconnects keeps its process alive for a while.
    await waitFor('all connections', async () => (await this.redis.clients()) >= this.ownClients);
    await this.steps.close();
    await this.redis.end();
  }

  /** @throws if the order isn't created at the first try */
  async place(): Promise<void> {
    this.orders.push((await create(this.client)).id);
  }

  /** Places orders during FAULT_MS, calling `again` before each. */
  async placeDuringFault(again: () => Promise<unknown> = async () => undefined): Promise<void> {
    for (const end = Date.now() + FAULT_MS; Date.now() < end;) {
      await again();
      await this.place();
      await delay(PACE_MS);
    }
  }

  /** Before the fault: confirms some orders, and places more. */
  async placeBefore(): Promise<void> {
    for (let order = 0; order < 5; order += 1) await this.place();
    await untilConfirmed(this.steps.system.sql, this.orders);
    const endpoint = 'payment_intents.confirm';
    await this.steps.sandbox.addFault({ kind: 'latency', endpoint, latencyMs: SLOW_CHARGE_MS });
    await Promise.all(Array.from({ length: 40 }, () => this.place()));
  }

  /** @throws if a message of the orders that `place` places is delivered during the fault */
  async expectHeldInOutbox(place: () => Promise<void>): Promise<void> {
    const before = this.orders.length;
    await place();
    const during = new Set(this.orders.slice(before));
    const messages = (await this.steps.messages()).filter(({ orderId }) => during.has(orderId));
    expect(messages).toHaveLength(during.size);
    expect(messages.some(({ delivered }) => delivered)).toBe(false);
  }

  /** Call this at the end of the fault. @throws if an order isn't CONFIRMED and charged once in time */
  async atRestWithin(boundMs: number, row: string): Promise<void> {
    const startedAt = performance.now();
    const { sql, sandboxUrl } = this.steps.system;
    await this.steps.sandbox.clearFaults();
    await this.place();
    await untilConfirmed(sql, this.orders, boundMs);
    await report(row, performance.now() - startedAt, this.orders.length);
    expect(await captures(sandboxUrl)).toEqual(new Map(this.orders.map((id) => [id, 1])));
    expect(await ordersWithHoles(sql)).toEqual([]);
    await waitFor('an empty outbox', async () =>
      (await this.steps.messages()).every(({ delivered }) => delivered),
    );
    await waitFor('an empty queue', async () => (await this.steps.jobs()) === 0, 45_000);
  }
}

/** For measurements: FAULT_FIGURES names a file to which each fault appends a line. */
async function report(row: string, ms: number, orders: number): Promise<void> {
  const file = process.env['FAULT_FIGURES'];
  if (file !== undefined) await appendFile(file, `${row}: ${Math.round(ms)} ms to rest, ${orders} orders\n`);
}
