import { cpuSeconds } from '../processes.js';
import { Crowd } from '../sockets/crowd.js';
import { WatchedOrders } from '../sockets/orders.js';

/** One customer's sockets are as many as the benchmark wants, and 20 customers do. */
const ENVIRONMENT = { ROLE: 'api', WEBSOCKET_LIMIT_PER_CUSTOMER: '10000' };
const BARE_SERVER = 'test/bench/sockets/bare-server.js';
const CASES = [
  { id: 'P9', sockets: 1_000, watch: 'all' },
  { id: 'P9b', sockets: 5_000, watch: 'all' },
  { id: 'P9c', sockets: 1_000, watch: 'each' },
  { id: 'P9d', sockets: 5_000, watch: 'each' },
];

/** An api process next to a bare `ws` server: what each takes to bring the same events to as many sockets. */
export const fanOut = {
  ids: CASES.map(({ id }) => id),
  what: 'CPU of an event that is delivered to a socket',
  async run(stand, report, settings) {
    const servers = {
      api: await stand.startServer(ENVIRONMENT),
      bare: await stand.startServer({}, BARE_SERVER),
    };
    const orders = new WatchedOrders(stand);
    await orders.create(servers.api.url, Math.max(...CASES.map(({ sockets }) => sockets)));
    for (const each of CASES) await compare(each, { servers, orders, report, settings });
  },
};

async function compare({ id, sockets, watch }, { servers, orders, report, settings }) {
  const watched = watch === 'all' ? orders.list.slice(0, 1) : orders.list.slice(0, sockets);
  const subscribers = Array.from({ length: sockets }, (_, index) => watched[index % watched.length]);
  const crowds = {
    api: await Crowd.open(servers.api.url, subscribers),
    bare: await Crowd.open(servers.bare.url, subscribers),
  };
  const acts = {
    api: () => orders.move(watched),
    bare: () => servers.bare.child.send({ event: watch }),
  };
  const measure = async (side) => {
    const before = cpuSeconds(servers[side].pid);
    let events = 0;
    for (const start = performance.now(); performance.now() - start < settings.roundMs;) {
      await crowds[side].receive(sockets, acts[side]);
      events += sockets;
    }
    return ((cpuSeconds(servers[side].pid) - before) / events) * 1e6;
  };
  // What has just been loaded is compiled first.
  for (const side of ['api', 'bare']) await measure(side);
  for (let round = 1; round <= settings.rounds; round += 1) {
    const api = await measure('api');
    const bare = await measure('bare');
    report.progress(
      `  ${sockets} sockets, ${watch === 'all' ? 'one order' : 'an order each'}: ${api.toFixed(1)} µs of CPU an event, ${bare.toFixed(1)} µs by bare ws`,
    );
    report.sample(id, api / bare);
  }
  for (const crowd of Object.values(crowds)) await crowd.close();
}
