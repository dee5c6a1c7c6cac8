import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Cluster, Redis } from 'ioredis';
import { once } from 'node:events';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { log } from '../observability/logger.js';
import { outageBegins } from '../observability/outage.js';
import { isNotMaster } from './redis-errors.js';

export type RedisConnection = Redis | Cluster;

/** How a connection treats its commands while Redis is away. */
export interface CommandPolicy {
  readonly enableOfflineQueue: boolean;
  readonly maxRetriesPerRequest: number | null;
  readonly commandTimeout?: number;
  readonly enableAutoPipelining?: boolean;
  /** What was refused by a server that is no master any more is sent again, over the next connection. */
  readonly resendRefused: boolean;
  /** A connection with commands under way and not a byte for so long is dead, and another one is opened. */
  readonly socketTimeout: number;
  /** The library's name and version are no business of the server's, and to tell them takes one more permission. */
  readonly disableClientInfo: true;
}

/** BullMQ's longest blocking command takes 10 s, and BullMQ itself gives it up after 11 s. */
const LONGEST_SILENCE_MS = 12_000;

/**
 * For connections whose callers must never wait: a command fails at once while Redis is away.
 * @param timeoutMs how long one command may take
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
 * For connections that wait for Redis to come back: BullMQ's workers, which make copies of theirs with the same
 * policy, and pub/sub subscribers.
 */
export function patient(): CommandPolicy {
  return {
    enableOfflineQueue: true,
    maxRetriesPerRequest: null,
    socketTimeout: LONGEST_SILENCE_MS,
    // Neither has transactions, of which one command would be sent alone. What was refused has done nothing.
    resendRefused: true,
    disableClientInfo: true,
  };
}

/** For each try to connect. */
const CONNECT_TIMEOUT_MS = 2_000;
/** A fail-over takes seconds, and until then the new connection may lead to the same server. */
const REFUSED_PAUSE_MS = 1_000;
/** Refusals that are further apart belong to two outages; readiness alone asks every few seconds. */
const OUTAGE_QUIET_MS = 30_000;

/** Opens the process's connections, and closes them when everything that uses them has stopped. */
@Injectable()
export class RedisConnections implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly opened: RedisConnection[] = [];
  private readonly outageBegins = outageBegins(OUTAGE_QUIET_MS);
  private nextReopeningAt = 0;

  constructor(@Inject(CONFIG) private readonly config: Pick<Config, 'redis'>) {}

  open(policy: CommandPolicy): RedisConnection {
    const connection = connectRedis(this.config.redis.url, policy, (error) => {
      this.reopenAll(error);
    });
    this.opened.push(connection);
    return connection;
  }

  /**
   * What one connection was told no other one knows, and some are never told: a replica takes subscriptions, and what
   * is published there reaches nobody else.
   */
  private reopenAll(error: Error): void {
    if (this.outageBegins())
      log.warn(
        { err: { message: error.message } },
        'redis takes no writes; its connections are opened again',
      );
    if (performance.now() < this.nextReopeningAt) return;
    this.nextReopeningAt = performance.now() + REFUSED_PAUSE_MS;
    for (const connection of this.opened) if (connection.status === 'ready') connection.disconnect(true);
  }

  /** The first request meets a Redis that is known to be there, or to be away: not one that is being connected to. */
  async onApplicationBootstrap(): Promise<void> {
    await Promise.all(this.opened.map(untilTried));
  }

  onApplicationShutdown(): void {
    // Once each: a second disconnect() of a closed connection leaves a timer behind.
    for (const connection of this.opened.splice(0)) connection.disconnect();
  }
}

async function untilTried(connection: RedisConnection): Promise<void> {
  if (connection.status === 'ready') return;
  try {
    await once(connection, 'ready', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
  } catch {
    // It is told by the connection's own listener, and tried again for ever.
  }
}

/**
 * Opens a connection to the server in `url`, or to a cluster where it is a comma list of nodes.
 * Reconnects for ever; the pause grows to 2 s at most, so that work resumes soon after an outage.
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
  // BullMQ's copies of a connection have it as well.
  const reconnectOnError = (error: Error): false | 1 | 2 => {
    if (!isNotMaster(error)) return false;
    refused = true;
    onRefused(error);
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
    // ioredis reports every failed reconnect; one line for each new reason is enough.
    if (error.message !== lastMessage)
      log.warn({ err: { message: error.message } }, 'redis connection failed');
    lastMessage = error.message;
  });
  connection.on('ready', () => {
    lastMessage = '';
  });
  return connection;
}

/** The nodes of a cluster are found by address alone, so user, password and TLS come from the first URL. */
function credentials(url: string): { username?: string; password?: string; tls?: object } {
  const { username, password, protocol } = new URL(url);
  return {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
  };
}
