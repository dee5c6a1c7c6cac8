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

/** FAULT_SECONDS=20 makes it the drill of the contract, with production's settings; by default it is a short one. */
const REAL_SECONDS = process.env['FAULT_SECONDS'];
const FAULT_MS = Number(REAL_SECONDS ?? '2') * 1_000;
/** How long after the last fault all is asked to be at rest where the contract's own bound is longer than a test. */
export const TEST_MS = 90_000 + 2 * FAULT_MS;

const SHORT: Environment = {
  RECOVERY_STUCK_AFTER_MS: '2000',
  RECOVERY_INTERVAL_MS: '500',
  WORKER_CONCURRENCY: '5',
  // Where the answer to a worker that took a job is lost with its connection, nobody has the job for so long.
  WORKER_LOCK_MS: '2000',
  WORKER_STALLED_CHECK_INTERVAL_MS: '500',
};
const PRODUCTION: Environment = {
  PAYMENT_RETRY_BASE_MS: '500',
  PAYMENT_RETRY_CAP_MS: '15000',
  RELAY_POLL_INTERVAL_MS: '500',
};
const SETTINGS = REAL_SECONDS === undefined ? SHORT : PRODUCTION;

/** Until the fault's end a charge takes so long that there is work in every state when the fault comes. */
const SLOW_CHARGE_MS = 1_000;
/** The pause between two orders. */
const PACE_MS = 100;

/** The system on a Redis of its own, its relay and worker in a real process, and orders that are placed all the time. */
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
    // Whatever waits for Redis in an api waits for ever.
    const { url } = await steps.system.start({ ROLE: 'api', REDIS_COMMAND_TIMEOUT_MS: '3600000' });
    const ownClients = await redis.clients();
    await processes.start({ ...steps.system.env, ROLE: 'relay,worker' });
    const client = new ApiClient(url, await steps.system.token('alice'));
    return new SystemUnderFault(redis, steps, client, processes, ownClients);
  }

  /** To be called after each test, whatever became of it. */
  async endFault(): Promise<void> {
    this.redis.resume();
    await this.redis.startAgain();
    await this.steps.sandbox.clearFaults();
  }

  async close(): Promise<void> {
    await this.processes.end();
    // A connection that is closed before it is back keeps its process alive for a while.
    await waitFor('all connections', async () => (await this.redis.clients()) >= this.ownClients);
    await this.steps.close();
    await this.redis.end();
  }

  /** @throws where the order isn't taken at the first try */
  async place(): Promise<void> {
    this.orders.push((await create(this.client)).id);
  }

  /** Places orders all the time, as long as the fault lasts. */
  async placeDuringFault(again: () => Promise<unknown> = async () => undefined): Promise<void> {
    for (const end = Date.now() + FAULT_MS; Date.now() < end;) {
      await again();
      await this.place();
      await delay(PACE_MS);
    }
  }

  /** Before the fault: some orders are confirmed, and more of them are on their way. */
  async placeBefore(): Promise<void> {
    for (let order = 0; order < 5; order += 1) await this.place();
    await untilConfirmed(this.steps.system.sql, this.orders);
    const endpoint = 'payment_intents.confirm';
    await this.steps.sandbox.addFault({ kind: 'latency', endpoint, latencyMs: SLOW_CHARGE_MS });
    await Promise.all(Array.from({ length: 40 }, () => this.place()));
  }

  /** @throws where one of the orders that `place` places is told to the queue before the fault ends */
  async expectHeldInOutbox(place: () => Promise<void>): Promise<void> {
    const before = this.orders.length;
    await place();
    const during = new Set(this.orders.slice(before));
    const messages = (await this.steps.messages()).filter(({ orderId }) => during.has(orderId));
    expect(messages).toHaveLength(during.size);
    expect(messages.some(({ delivered }) => delivered)).toBe(false);
  }

  /** To be called at the fault's end. @throws where an order isn't CONFIRMED, and charged once, in time */
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

/** For whoever measures: FAULT_FIGURES names a file that gets a line for each fault. */
async function report(row: string, ms: number, orders: number): Promise<void> {
  const file = process.env['FAULT_FIGURES'];
  if (file !== undefined) await appendFile(file, `${row}: ${Math.round(ms)} ms to rest, ${orders} orders\n`);
}
