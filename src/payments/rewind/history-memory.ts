import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { failFast, type RedisConnection, RedisConnections } from '../../platform/redis/redis.js';
import type { DatabaseHistory } from './database-history.js';

/** What was last seen of PostgreSQL's history, kept in Redis for all processes. */
@Injectable()
export class HistoryMemory {
  private readonly redis: RedisConnection;
  private readonly key: string;

  constructor(connections: RedisConnections, @Inject(CONFIG) { redis }: Pick<Config, 'redis'>) {
    this.redis = connections.open(failFast(redis.commandTimeoutMs));
    this.key = `${redis.prefix}:database-history`;
  }

  /** Undefined where Redis is new, or has lost its data. @throws what Redis throws */
  async read(): Promise<DatabaseHistory | undefined> {
    const stored = await this.redis.get(this.key);
    return stored === null ? undefined : (JSON.parse(stored) as DatabaseHistory);
  }

  /** @throws what Redis throws */
  async write(history: DatabaseHistory): Promise<void> {
    await this.redis.set(this.key, JSON.stringify(history));
  }
}
