import { Inject, Injectable } from '@nestjs/common';
import { Queue } from 'bullmq';
import type { Config } from '../config/config.js';
import { TASKS } from '../payments/task.js';
import { CONFIG } from '../config/token.js';
import { Database } from '../platform/database/database.js';
import { log } from '../platform/observability/logger.js';
import { failFast, RedisConnections } from '../platform/redis/redis.js';

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
}

/** Counts waiting work. Changes nothing. */
@Injectable()
export class Backlog {
  private readonly queues: readonly Queue[];

  constructor(
    private readonly database: Database,
    connections: RedisConnections,
    @Inject(CONFIG) { redis }: Pick<Config, 'redis'>,
  ) {
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
    const counts = await Promise.all(
      this.queues.map((queue) => queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed')),
    );
    const sumOf = (...states: string[]) =>
      counts.flatMap((count) => states.map((state) => count[state] ?? 0)).reduce((a, b) => a + b, 0);
    return { waiting: sumOf('waiting', 'prioritized'), active: sumOf('active'), delayed: sumOf('delayed') };
  }
}
