import proxyAddr from '@fastify/proxy-addr';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Counter } from 'prom-client';
import type { Config } from '../config/config.js';
import { networkOf } from './client-address.js';
import { log } from '../platform/observability/logger.js';
import { Slots } from './places.js';

/** A flood is logged once in so long. */
const LOG_INTERVAL_MS = 60_000;

const cut = new Counter({
  name: 'http_connections_refused_total',
  help: 'Connections that were cut because their address had too many.',
});
const leaves = new WeakMap<Socket, () => void>();

/** Cuts connections of an address that has too many, so that the others find room. Trusted proxies have no limit. */
export function limitConnections(
  server: Server,
  { maxConnectionsPerAddress, trustedProxies }: Config['http'],
): void {
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  const places = new Slots(maxConnectionsPerAddress);
  let loggedAtMs = -Infinity;
  server.on('connection', (socket) => {
    const { remoteAddress } = socket;
    // It is gone already where it has none.
    if (remoteAddress === undefined || isTrusted(remoteAddress, 0)) return;
    const network = networkOf(remoteAddress);
    if (places.hasPlace(network)) {
      occupy(socket, places, network);
      return;
    }
    socket.destroy();
    cut.inc();
    if (Date.now() - loggedAtMs < LOG_INTERVAL_MS) return;
    loggedAtMs = Date.now();
    log.warn(
      { network, maxConnectionsPerAddress },
      'an address has HTTP_MAX_CONNECTIONS_PER_ADDRESS connections, and more are cut; name it in TRUSTED_PROXIES if it is a proxy of yours',
    );
  });
}

/** The connection has become a customer's WebSocket, which is counted for the customer: its address has room again. */
export function countForCustomer(socket: Socket): void {
  leaves.get(socket)?.();
}

function occupy(socket: Socket, places: Slots, network: string): void {
  places.enter(network);
  const leave = () => {
    if (!leaves.delete(socket)) return;
    socket.off('close', leave);
    places.leave(network);
  };
  leaves.set(socket, leave);
  socket.once('close', leave);
}
