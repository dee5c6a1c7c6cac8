import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { Database } from '../../platform/database/database.js';
import { hasSqlState } from '../../platform/database/database-errors.js';
import { withTimeout } from '../../platform/with-timeout.js';
import { causeOf } from '../../platform/observability/logged-error.js';
import { log } from '../../platform/observability/logger.js';
import { migrationNames } from '../../platform/database/migrations.js';
import { failFast, type RedisConnection, RedisConnections } from '../../platform/redis/redis.js';
import { singleFlight } from '../../platform/single-flight.js';

export interface DependencyCheck {
  /** Whether it answers and takes writes. */
  readonly isUp: boolean;
  /** Why this process can't work with it, a sentence each. */
  readonly reasons: readonly string[];
}

interface DatabaseState {
  readonly inRecovery: boolean;
  readonly readOnly: boolean;
}

/** Orchestrators ask every few seconds and give up after one or two. */
const CHECK_TIMEOUT_MS = 1_500;
/** What the check writes to Redis goes by itself. */
const REDIS_KEY_LIFETIME_MS = 10_000;
const UNDEFINED_TABLE = '42P01';
const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Whether PostgreSQL and Redis can be worked with: whether they answer, take writes, and have this release's tables.
 * However many ask, each of them is asked one question at a time. Answers within CHECK_TIMEOUT_MS, and never throws.
 */
@Injectable()
export class DependencyChecks implements OnModuleInit {
  readonly database = singleFlight(() => check('The database', () => this.checkDatabase()));
  readonly redis = singleFlight(() => check('Redis', () => this.checkRedis()));
  private readonly connection: RedisConnection;
  private lastMigration: string | undefined;

  constructor(
    private readonly postgres: Database,
    connections: RedisConnections,
    @Inject(CONFIG) private readonly config: Pick<Config, 'redis'>,
  ) {
    this.connection = connections.open(failFast(CHECK_TIMEOUT_MS));
  }

  /** @throws where this release's migrations are not beside it */
  async onModuleInit(): Promise<void> {
    this.lastMigration = (await migrationNames()).at(-1);
  }

  private async checkDatabase(): Promise<DependencyCheck> {
    const last = this.lastMigration ?? '';
    try {
      const [state] = await this.postgres.$queryRaw<(DatabaseState & { migrated: boolean })[]>`/* readiness */
        SELECT pg_is_in_recovery() AS "inRecovery", current_setting('transaction_read_only') = 'on' AS "readOnly",
          EXISTS (SELECT FROM _prisma_migrations WHERE migration_name = ${last}
            AND finished_at IS NOT NULL AND rolled_back_at IS NULL) AS migrated`;
      const missing = `The database lacks this release's last migration, ${last}: run npm run migrate.`;
      return this.judge(state, state?.migrated === true ? [] : [missing]);
    } catch (error) {
      const reason = migrationsUnknown(error);
      if (reason === undefined) throw error;
      const [state] = await this.postgres.$queryRaw<DatabaseState[]>`/* readiness-without-migrations */
        SELECT pg_is_in_recovery() AS "inRecovery", current_setting('transaction_read_only') = 'on' AS "readOnly"`;
      return this.judge(state, [reason]);
    }
  }

  private judge(state: DatabaseState | undefined, reasons: readonly string[]): DependencyCheck {
    if (state?.readOnly === false) return { isUp: true, reasons };
    // Where nobody writes nobody else finds out that the address leads to another server by now.
    this.postgres.pool.replaceReadOnly();
    const why = state?.inRecovery === true ? 'is a standby or in recovery' : 'is set to be read-only';
    return { isUp: false, reasons: [`The database ${why}, and takes no writes.`, ...reasons] };
  }

  /** A replica answers reads, and a server that is full does so as well. */
  private async checkRedis(): Promise<DependencyCheck> {
    await this.connection.set(`${this.config.redis.prefix}:readiness`, '', 'PX', REDIS_KEY_LIFETIME_MS);
    return { isUp: true, reasons: [] };
  }
}

/** Undefined for any other error. */
function migrationsUnknown(error: unknown): string | undefined {
  if (hasSqlState(error, UNDEFINED_TABLE)) return 'The database has not been migrated: run npm run migrate.';
  if (hasSqlState(error, INSUFFICIENT_PRIVILEGE))
    return 'The database role may not read _prisma_migrations: grant it what the block for orders_owner in docs/operations.md grants.';
  return undefined;
}

async function check(what: string, ask: () => Promise<DependencyCheck>): Promise<DependencyCheck> {
  try {
    return await withTimeout(CHECK_TIMEOUT_MS, 'its answer', ask());
  } catch (error) {
    log.debug({ err: error }, `${what} can't be worked with`);
    const { name, message } = causeOf(error);
    const fault = name === 'ReplyError' ? 'refuses a write' : 'does not answer';
    return { isUp: false, reasons: [`${what} ${fault}: ${message}`] };
  }
}
