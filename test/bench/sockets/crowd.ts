import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { CrowdNews, CrowdTask } from './crowd-messages.js';
import type { OrderChannel } from './orders.js';

const SCRIPT = 'dist/test/bench/sockets/crowd-process.js';
/** The fields of a page that shows the progress of an order. */
const QUERY = `subscription OrderEvents($orderId: ID!) {
  orderEvents(orderId: $orderId) { orderId version type status previousStatus detail occurredAt }
}`;
const TIMEOUT_MS = 60_000;

/** Sockets with one subscription each, in their own process, which checks that no event is missing. */
export class Crowd {
  private fault: string | undefined;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', ({ fault }: CrowdNews) => {
      this.fault ??= fault;
    });
  }

  /** Resolves when each socket has had its first event. @param subscribers what each of them watches */
  static async open(url: string, subscribers: readonly OrderChannel[]): Promise<Crowd> {
    const child = fork(SCRIPT, { env: { PATH: process.env['PATH'] } });
    const crowd = new Crowd(child);
    const { hostname: host, port } = new URL(url);
    const open = subscribers.map(({ token, orderId }) => {
      const id = randomUUID();
      const payload = { operationName: 'OrderEvents', query: QUERY, variables: { orderId } };
      const init = JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } });
      const subscribe = JSON.stringify({ id, type: 'subscribe', payload });
      return { host, port: Number(port), id, init, subscribe };
    });
    await crowd.done({ open }, `${open.length} sockets to open`);
    return crowd;
  }

  /** Runs what makes events, and resolves when `count` of them have arrived. @throws if one is out of order */
  async receive(count: number, act: () => unknown): Promise<void> {
    await this.done({ expect: count }, 'the crowd');
    const arrived = this.done(undefined, `${count} events to arrive`);
    await Promise.all([arrived, act()]);
  }

  async close(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    await exited;
  }

  private async done(task: CrowdTask | undefined, what: string): Promise<void> {
    const answer = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`timed out while waiting for ${what}`));
      }, TIMEOUT_MS);
      const listen = ({ done, fault }: CrowdNews) => {
        if (done === undefined && fault === undefined) return;
        clearTimeout(timer);
        this.child.off('message', listen);
        if (fault === undefined) resolve();
        else reject(new Error(fault));
      };
      this.child.on('message', listen);
    });
    if (task !== undefined) this.child.send(task);
    await answer;
    if (this.fault !== undefined) throw new Error(this.fault);
  }
}
