import { PrismaPg } from '@prisma/adapter-pg';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { PrismaClient } from '../../generated/prisma/client.js';
import { CONFIG } from '../../config/token.js';
import { DatabasePool } from './database-pool.js';
import { sessionSettings } from './database-session.js';
import { log } from '../observability/logger.js';

type PoolConfig = Pick<
  Config['database'],
  'url' | 'poolSize' | 'queueLimit' | 'connectTimeoutMs' | 'queryTimeoutMs'
>;

/** Our statements begin with their name in a comment, so that PostgreSQL plans each once per connection. */
const STATEMENT_NAME = /^\s*\/\* ([a-z][a-z-]*) \*\//;

const statementNames = new Map<string, string>();

/**
 * The name under which a statement is prepared, or '' for Prisma's own. Those stay unnamed: their texts vary without
 * bound, and prepared statements stay in memory.
 */
export function statementName(query: { readonly sql: string }): string {
  const cached = statementNames.get(query.sql);
  if (cached !== undefined) return cached;
  const name = STATEMENT_NAME.exec(query.sql)?.[1] ?? '';
  if (name !== '') statementNames.set(query.sql, name);
  return name;
}

/** The process's access to PostgreSQL: Prisma over a bounded pool of connections. */
@Injectable()
export class Database extends PrismaClient implements OnModuleInit, OnApplicationShutdown {
  readonly pool: Pick<DatabasePool, 'totalCount' | 'idleCount' | 'waitingCount' | 'replaceReadOnly'>;

  constructor(@Inject(CONFIG) config: { readonly database: PoolConfig }) {
    const { url, poolSize, queueLimit, connectTimeoutMs, queryTimeoutMs } = config.database;
    const settings = {
      // For SSDs. With the default, a statement planned while a table is small keeps scanning all of it.
      ...sessionSettings(url, '-c random_page_cost=1.1'),
      max: poolSize,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: queryTimeoutMs,
      // The server gives up first, so that its answer says what became of the statement.
      statement_timeout: Math.ceil(queryTimeoutMs * 0.75),
      idle_in_transaction_session_timeout: queryTimeoutMs,
      keepAlive: true,
      application_name: 'orders',
    };
    const pool = new DatabasePool(settings, queueLimit);
    const adapter = new PrismaPg(pool, {
      statementNameGenerator: statementName,
      disposeExternalPool: true,
      onPoolError: (error) => {
        // While the pool closes, a stopping server may end the sessions first.
        if (pool.ending) return;
        log.warn({ err: error }, 'an idle database connection was lost');
      },
    });
    super({ adapter, errorFormat: 'minimal' });
    this.pool = pool;
  }

  async onModuleInit(): Promise<void> {
    await this.$connect();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
  }
}
