import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Cluster, Redis } from 'ioredis';
import { once } from 'node:events';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { log } from '../observability/logger.js';
import { outageBegins } from '../observability/outage.js';
import { isNotMaster } from './redis-errors.js';

export type RedisConnection = Redis | Cluster;

/** How a connection treats its commands while Redis is unavailable. */
export interface CommandPolicy {
  readonly enableOfflineQueue: boolean;
  readonly maxRetriesPerRequest: number | null;
  readonly commandTimeout?: number;
  readonly enableAutoPipelining?: boolean;
  /** Sends a command that a former master refused again, over the next connection. */
  readonly resendRefused: boolean;
  /** With commands pending and no bytes received for this many ms, the connection counts as dead and is replaced. */
  readonly socketTimeout: number;
  /** Sending the library's name and version would need one more permission in the ACL. */
  readonly disableClientInfo: true;
}

/** BullMQ's longest blocking command takes 10 s, and BullMQ itself gives up after 11 s. */
const MAX_SILENCE_MS = 12_000;

/**
 * For connections whose callers must not wait: commands fail at once while Redis is unavailable.
 * @param timeoutMs for one command
 */
export function failFast(timeoutMs: number): CommandPolicy {
  return {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    resendRefused: false,
    disableClientInfo: true,
  };
}

/**
 * For connections that wait until Redis is back: those of BullMQ's workers, which duplicate theirs with the same
 * policy, and of pub/sub subscribers.
 */
export function patient(): CommandPolicy {
  return {
    enableOfflineQueue: true,
    maxRetriesPerRequest: null,
    socketTimeout: MAX_SILENCE_MS,
    // Safe: a refused command was not executed, and neither user has transactions that a lone command could tear.
    resendRefused: true,
    disableClientInfo: true,
  };
}

/** For one attempt to connect. */
const CONNECT_TIMEOUT_MS = 2_000;
/** A failover takes seconds; until then a new connection may reach the same server. */
const REFUSED_PAUSE_MS = 1_000;
/** Refusals further apart than this are two outages. The readiness check alone writes every few seconds. */
const OUTAGE_QUIET_MS = 30_000;

/** Opens all connections of the process, and closes them after everything that uses them has stopped. */
@Injectable()
export class RedisConnections implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly connections: RedisConnection[] = [];
  private readonly outageBegins = outageBegins(OUTAGE_QUIET_MS);
  private nextReconnectAt = 0;

  constructor(@Inject(CONFIG) private readonly config: Pick<Config, 'redis'>) {}

  open(policy: CommandPolicy): RedisConnection {
    const connection = connectRedis(this.config.redis.url, policy, (error) => {
      this.reconnectAll(error);
    });
    this.connections.push(connection);
    return connection;
  }

  /**
   * One connection has met a replica; the others may be connected to it as well. A subscriber would never notice: a
   * replica accepts subscriptions, but messages published at the new master don't arrive there.
   */
  private reconnectAll(error: Error): void {
    if (this.outageBegins())
      log.warn(
        { err: { message: error.message } },
        'redis takes no writes; its connections are opened again',
      );
    if (performance.now() < this.nextReconnectAt) return;
    this.nextReconnectAt = performance.now() + REFUSED_PAUSE_MS;
    for (const connection of this.connections) if (connection.status === 'ready') connection.disconnect(true);
  }

  /** Otherwise the first requests would fail while the connections are being opened. */
  async onApplicationBootstrap(): Promise<void> {
    await Promise.all(this.connections.map(untilAttempted));
  }

  onApplicationShutdown(): void {
    // Only once each: disconnect() on a closed connection leaves a timer behind.
    for (const connection of this.connections.splice(0)) connection.disconnect();
  }
}

/** Waits until the connection is ready, or its first attempt has timed out. */
async function untilAttempted(connection: RedisConnection): Promise<void> {
  if (connection.status === 'ready') return;
  try {
    await once(connection, 'ready', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
  } catch {
    // The connection's own listener logs it, and the connection keeps trying.
  }
}

/**
 * Opens a connection to the server at `url`, or to a cluster for a comma-separated list of nodes.
 * Reconnects forever, pausing up to 2 s between attempts, so that work resumes soon after an outage.
 */
function connectRedis(
  url: string,
  { resendRefused, ...policy }: CommandPolicy,
  onRefused: (error: Error) => void,
): RedisConnection {
  let refused = false;
  const pauseMs = (times: number) => {
    const pause = refused ? REFUSED_PAUSE_MS : Math.min(2_000, 50 * 2 ** Math.min(times, 6));
    refused = false;
    return pause;
  };
  // BullMQ's duplicates of a connection inherit it.
  const reconnectOnError = (error: Error): false | 1 | 2 => {
    if (!isNotMaster(error)) return false;
    refused = true;
    onRefused(error);
    // ioredis: 1 reconnects, 2 also resends the command.
    return resendRefused ? 2 : 1;
  };
  const nodes = url.split(',').map((node) => node.trim());
  const [first = ''] = nodes;
  const connection =
    nodes.length > 1
      ? new Cluster(nodes, {
          redisOptions: { ...policy, ...credentials(first), reconnectOnError },
          enableOfflineQueue: policy.enableOfflineQueue,
          clusterRetryStrategy: pauseMs,
        })
      : new Redis(first, {
          ...policy,
          reconnectOnError,
          retryStrategy: pauseMs,
          connectTimeout: CONNECT_TIMEOUT_MS,
        });
  let lastMessage = '';
  connection.on('error', (error: Error) => {
    // ioredis reports each failed attempt; one line per new reason is enough.
    if (error.message !== lastMessage)
      log.warn({ err: { message: error.message } }, 'redis connection failed');
    lastMessage = error.message;
  });
  connection.on('ready', () => {
    lastMessage = '';
  });
  return connection;
}

/** A cluster announces its nodes by address alone, so user, password and TLS come from the first URL. */
function credentials(url: string): { username?: string; password?: string; tls?: object } {
  const { username, password, protocol } = new URL(url);
  return {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
  };
}
