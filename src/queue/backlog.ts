import { Inject, Injectable } from '@nestjs/common';
import { Queue } from 'bullmq';
import type { Config } from '../config/config.js';
import { TASKS } from '../payments/task.js';
import { CONFIG } from '../config/token.js';
import { Database } from '../platform/database/database.js';
import { log } from '../platform/observability/logger.js';
import { failFast, RedisConnections } from '../platform/redis/redis.js';
import { rateWindow, type RateWindow, secondsUntilTaken } from './gateway-rate.js';

/** Work in PostgreSQL that is not in the queue. */
export interface StoredBacklog {
  /** Undelivered messages. */
  readonly pending: number;
  /** null where none is pending. */
  readonly oldestPendingAgeSeconds: number | null;
  readonly openDeadLetters: number;
}

export interface QueueBacklog {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  /** How long the gateway's rate holds the last waiting job back at least; null where it holds none back. */
  readonly throttledSeconds: number | null;
}

/** Counts waiting work. Changes nothing. */
@Injectable()
export class Backlog {
  private readonly queues: readonly Queue[];
  /** undefined: nothing is held back. */
  private readonly window: RateWindow | undefined;

  constructor(
    private readonly database: Database,
    connections: RedisConnections,
    @Inject(CONFIG) { redis, payment }: Pick<Config, 'redis' | 'payment'>,
  ) {
    const { requestsPerSecond } = payment;
    this.window = requestsPerSecond === undefined ? undefined : rateWindow(requestsPerSecond);
    const connection = connections.open(failFast(redis.commandTimeoutMs));
    this.queues = Object.values(TASKS).map(({ queue: name }) => {
      // As for the relay's queues: these start-up checks are not retried when Redis is down.
      const options = { prefix: redis.prefix, connection, skipVersionCheck: true, skipMetasUpdate: true };
      const queue = new Queue(name, options);
      // The failed call throws the error too.
      return queue.on('error', (error) => {
        log.debug({ err: error }, 'payment queue');
      });
    });
  }

  /** @throws what the database throws */
  async stored(): Promise<StoredBacklog> {
    const [row] = await this.database.$queryRaw<StoredBacklog[]>`/* stored-backlog */
      SELECT count(*)::int AS pending,
        (SELECT extract(epoch FROM now() - created_at)::float8 FROM outbox_messages
          WHERE delivered_at IS NULL ORDER BY id LIMIT 1) AS "oldestPendingAgeSeconds",
        (SELECT count(*)::int FROM dead_letters WHERE state = 'OPEN') AS "openDeadLetters"
      FROM outbox_messages WHERE delivered_at IS NULL`;
    if (row === undefined) throw new Error('stored-backlog returned no row');
    return row;
  }

  /** Waits for Redis where it has not been reachable yet. @throws what Redis throws */
  async queued(): Promise<QueueBacklog> {
    const backlogs = await Promise.all(this.queues.map((queue) => this.queuedIn(queue)));
    const sumOf = (count: 'waiting' | 'active' | 'delayed') =>
      backlogs.reduce((sum, backlog) => sum + backlog[count], 0);
    const throttledSeconds = Math.max(...backlogs.map((backlog) => backlog.throttledSeconds ?? 0));
    return {
      waiting: sumOf('waiting'),
      active: sumOf('active'),
      delayed: sumOf('delayed'),
      throttledSeconds: throttledSeconds === 0 ? null : throttledSeconds,
    };
  }

  private async queuedIn(queue: Queue): Promise<QueueBacklog> {
    const { window } = this;
    const [counts, fullForMs] = await Promise.all([
      queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed'),
      // 0 where the window still has room.
      window === undefined ? 0 : queue.getRateLimitTtl(window.max),
    ]);
    const { waiting = 0, prioritized = 0, active = 0, delayed = 0 } = counts;
    const jobs = waiting + prioritized;
    const isThrottled = window !== undefined && jobs > 0 && fullForMs > 0;
    return {
      waiting: jobs,
      active,
      delayed,
      throttledSeconds: isThrottled ? secondsUntilTaken(jobs, window, fullForMs) : null,
    };
  }
}
