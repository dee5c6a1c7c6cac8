import { cpuSeconds, type ServerProcess } from '../processes.js';
import type { Report } from '../report.js';
import type { BareEvent } from '../sockets/bare-server.js';
import { Crowd } from '../sockets/crowd.js';
import { WatchedOrders } from '../sockets/orders.js';
import type { TargetId } from '../targets.js';
import type { Benchmark, Rounds } from './benchmark.js';

/** Lets one customer open as many sockets as the benchmark needs with 20 customers. */
const ENVIRONMENT = {
  ROLE: 'api',
  WEBSOCKET_LIMIT_PER_CUSTOMER: '10000',
  WEBSOCKET_MAX_RETAINED_PER_CUSTOMER_BYTES: '1000000000',
};
const BARE_SERVER = 'dist/test/bench/sockets/bare-server.js';
/** A number of sockets that all watch one order, or each another one. */
interface Case {
  readonly id: TargetId;
  readonly sockets: number;
  readonly watch: BareEvent['event'];
}

const CASES: readonly Case[] = [
  { id: 'P9', sockets: 1_000, watch: 'all' },
  { id: 'P9b', sockets: 5_000, watch: 'all' },
  { id: 'P9c', sockets: 1_000, watch: 'each' },
  { id: 'P9d', sockets: 5_000, watch: 'each' },
];

/** An api process next to a bare `ws` server: the CPU of each to send the same events to as many sockets. */
export const fanOut: Benchmark = {
  ids: CASES.map(({ id }) => id),
  what: 'CPU of an event that is delivered to a socket',
  async run(stand, report, rounds) {
    const servers = {
      api: await stand.startServer(ENVIRONMENT),
      bare: await stand.startServer({}, BARE_SERVER),
    };
    const orders = new WatchedOrders(stand);
    await orders.create(servers.api.url, Math.max(...CASES.map(({ sockets }) => sockets)));
    for (const each of CASES) await compare(each, { servers, orders, report, rounds });
  },
};

/** What sends an event to its sockets. */
type Side = 'api' | 'bare';

interface Comparison {
  readonly servers: Readonly<Record<Side, ServerProcess>>;
  readonly orders: WatchedOrders;
  readonly report: Report;
  readonly rounds: Rounds;
}

async function compare(
  { id, sockets, watch }: Case,
  { servers, orders, report, rounds: { rounds, roundMs } }: Comparison,
): Promise<void> {
  const watched = watch === 'all' ? orders.list.slice(0, 1) : orders.list.slice(0, sockets);
  const subscribers = Array.from({ length: sockets / watched.length }, () => watched).flat();
  const crowds = {
    api: await Crowd.open(servers.api.url, subscribers),
    bare: await Crowd.open(servers.bare.url, subscribers),
  };
  const acts = {
    api: () => orders.move(watched),
    bare: () => servers.bare.child.send({ event: watch } satisfies BareEvent),
  };
  const measure = async (side: Side) => {
    const before = cpuSeconds(servers[side].pid);
    let events = 0;
    for (const start = performance.now(); performance.now() - start < roundMs;) {
      await crowds[side].receive(sockets, acts[side]);
      events += sockets;
    }
    return ((cpuSeconds(servers[side].pid) - before) / events) * 1e6;
  };
  // Code that has just been loaded is compiled first.
  for (const side of ['api', 'bare'] as const) await measure(side);
  for (let round = 1; round <= rounds; round += 1) {
    const api = await measure('api');
    const bare = await measure('bare');
    report.progress(
      `  ${sockets} sockets, ${watch === 'all' ? 'one order' : 'an order each'}: ${api.toFixed(1)} µs of CPU an event, ${bare.toFixed(1)} µs by bare ws`,
    );
    report.sample(id, api / bare);
  }
  for (const crowd of Object.values(crowds)) await crowd.close();
}
