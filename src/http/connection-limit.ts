import proxyAddr from '@fastify/proxy-addr';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Counter } from 'prom-client';
import type { Config } from '../config/config.js';
import { log } from '../platform/observability/logger.js';
import { networkOf } from './client-address.js';
import { Slots } from './slots.js';

/** A flood is logged once in this time. */
const LOG_INTERVAL_MS = 60_000;

const rejected = new Counter({
  name: 'http_connections_refused_total',
  help: 'Connections that were closed because their address had too many.',
});
/** By connection: stops counting it. */
const releases = new WeakMap<Socket, () => void>();

/** Closes new connections of an address that has its maximum. Trusted proxies have no limit. */
export function limitConnections(
  server: Server,
  { maxConnectionsPerAddress, trustedProxies }: Config['http'],
): void {
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  const slots = new Slots(maxConnectionsPerAddress);
  let loggedAtMs = -Infinity;
  server.on('connection', (socket) => {
    const { remoteAddress } = socket;
    // Without an address the connection is closed already.
    if (remoteAddress === undefined || isTrusted(remoteAddress, 0)) return;
    const network = networkOf(remoteAddress);
    if (slots.hasFree(network)) {
      takeSlot(socket, slots, network);
      return;
    }
    socket.destroy();
    rejected.inc();
    if (Date.now() - loggedAtMs < LOG_INTERVAL_MS) return;
    loggedAtMs = Date.now();
    log.warn(
      { network, maxConnectionsPerAddress },
      'an address has reached HTTP_MAX_CONNECTIONS_PER_ADDRESS, and further connections are closed; if it is your proxy, add it to TRUSTED_PROXIES',
    );
  });
}

/** Stops counting a connection for its address: it has become a WebSocket, which is counted for its customer. */
export function releaseConnection(socket: Socket): void {
  releases.get(socket)?.();
}

function takeSlot(socket: Socket, slots: Slots, network: string): void {
  slots.take(network);
  const release = () => {
    if (!releases.delete(socket)) return;
    socket.off('close', release);
    slots.release(network);
  };
  releases.set(socket, release);
  socket.once('close', release);
}
