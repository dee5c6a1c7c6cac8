import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { randomUUID } from 'node:crypto';
import { GatewayProxy } from './gateway-proxy.js';
import { OrderSteps } from './order-steps.js';
import { Processes } from './processes.js';
import type { SystemProcess } from './system-process.js';
import type { Environment } from './test-system.js';
import { waitFor } from './wait-for.js';

/** A dead worker is detected within three seconds instead of half a minute. */
const SOON = { WORKER_LOCK_MS: '2000', WORKER_STALLED_CHECK_INTERVAL_MS: '500' };

/** What the gateway and the database know about an order at rest. */
export interface Effects {
  readonly status: string | undefined;
  readonly history: readonly string[];
  readonly captures: number;
  readonly refunds: number;
  readonly captured: number;
  readonly refunded: number;
}

/** Orders queued by hand, real workers, and a gateway whose messages can be held. */
export class WorkerDrill {
  private readonly blockFile = join(tmpdir(), `order-block-${randomUUID()}`);

  private constructor(
    readonly steps: OrderSteps,
    readonly proxy: GatewayProxy,
    readonly processes = new Processes(),
  ) {}

  static async open(overrides: Environment = {}): Promise<WorkerDrill> {
    const steps = await OrderSteps.open({ ...SOON, ...overrides });
    return new WorkerDrill(steps, await GatewayProxy.start(steps.system.sandboxUrl));
  }

  /** Works in any state of the processes. */
  async close(): Promise<void> {
    await rm(this.blockFile, { force: true });
    await this.processes.end();
    await this.proxy.close();
    await this.steps.close();
  }

  async worker(env: Environment = {}): Promise<SystemProcess> {
    return this.processes.start({ ...this.steps.system.env, ROLE: 'worker', ...env });
  }

  /** A worker whose messages to the gateway can be held, and whose event loop can be blocked. */
  async doomedWorker(env: Environment = {}): Promise<SystemProcess> {
    return this.worker({
      STRIPE_API_BASE: this.proxy.url,
      BLOCK_EVENT_LOOP_FILE: this.blockFile,
      ...preload('block-event-loop.js'),
      ...env,
    });
  }

  /** Blocks the event loop until the returned function is called. */
  async block(worker: SystemProcess): Promise<() => Promise<void>> {
    await writeFile(this.blockFile, '');
    worker.child.kill('SIGUSR2');
    return () => rm(this.blockFile);
  }

  /** An order whose job waits for a worker. */
  async queuedOrder(): Promise<string> {
    const orderId = await this.steps.placeOrder();
    await this.relay();
    return orderId;
  }

  async relay(): Promise<void> {
    const { delivered } = await this.steps.relay().runOnce();
    if (delivered !== 1) throw new Error(`${delivered} messages were delivered`);
  }

  /** @throws if there is nothing to cancel */
  async cancel(orderId: string): Promise<void> {
    const { kind } = await this.steps.cancel(orderId);
    if (kind !== 'accepted') throw new Error(kind);
  }

  async untilStatus(orderId: string, status: string, timeoutMs?: number): Promise<void> {
    await waitFor(status, async () => (await this.steps.status(orderId)) === status, timeoutMs);
  }

  /** The jobs that another worker took over, without duplicates. */
  takenOver(): Set<unknown> {
    return new Set(this.processes.stalledJobs());
  }

  async untilQueueIsEmpty(): Promise<void> {
    await waitFor('an empty queue', async () => (await this.steps.jobs()) === 0);
  }

  async effects(orderId: string): Promise<Effects> {
    const ledger = await this.steps.sandbox.order(orderId);
    const { captures = 0, refunds = 0, captured = 0, refunded = 0 } = ledger ?? {};
    const [status, history] = [await this.steps.status(orderId), await this.steps.history(orderId)];
    return { status, history, captures, refunds, captured, refunded };
  }
}

/** Environment variables that make a process run this file of test/support first. */
export function preload(file: string): Environment {
  return { NODE_OPTIONS: `--import=${pathToFileURL(resolve('test/support', file)).href}` };
}
