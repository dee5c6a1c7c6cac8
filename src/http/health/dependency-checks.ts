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
  /** Whether it answers and accepts writes. */
  readonly isUp: boolean;
  /** Why this process can't use it, or not fully: one sentence each. */
  readonly reasons: readonly string[];
}

interface DatabaseState {
  readonly inRecovery: boolean;
  readonly readOnly: boolean;
}

/** Orchestrators probe every few seconds, with a timeout of one or two. */
const CHECK_TIMEOUT_MS = 1_500;
/** The key that the check writes to Redis expires by itself. */
const REDIS_KEY_LIFETIME_MS = 10_000;
const UNDEFINED_TABLE = '42P01';
const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Checks whether PostgreSQL and Redis answer and accept writes, and whether this release's migrations are applied.
 * Concurrent callers share one check. A check resolves within CHECK_TIMEOUT_MS, and never rejects.
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

  /** @throws where this release's migration files are missing */
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
      return this.assess(state, state?.migrated === true ? [] : [missing]);
    } catch (error) {
      const reason = unreadableMigrations(error);
      if (reason === undefined) throw error;
      const [state] = await this.postgres.$queryRaw<DatabaseState[]>`/* readiness-without-migrations */
        SELECT pg_is_in_recovery() AS "inRecovery", current_setting('transaction_read_only') = 'on' AS "readOnly"`;
      return this.assess(state, [reason]);
    }
  }

  private assess(state: DatabaseState | undefined, reasons: readonly string[]): DependencyCheck {
    if (state?.readOnly === false) return { isUp: true, reasons };
    // The address may lead to another server by now, which only a failed write would show otherwise.
    this.postgres.pool.replaceReadOnly();
    const why = state?.inRecovery === true ? 'is a standby or in recovery' : 'is set to be read-only';
    return { isUp: false, reasons: [`The database ${why}, and takes no writes.`, ...reasons] };
  }

  /** Writes, since a replica or a server out of memory still answers reads. */
  private async checkRedis(): Promise<DependencyCheck> {
    await this.connection.set(`${this.config.redis.prefix}:readiness`, '', 'PX', REDIS_KEY_LIFETIME_MS);
    return { isUp: true, reasons: [] };
  }
}

/** Why _prisma_migrations can't be read; undefined for an error of another kind. */
function unreadableMigrations(error: unknown): string | undefined {
  if (hasSqlState(error, UNDEFINED_TABLE)) return 'The database has not been migrated: run npm run migrate.';
  if (hasSqlState(error, INSUFFICIENT_PRIVILEGE))
    return 'The database role may not read _prisma_migrations: grant it what the block for orders_owner in docs/operations.md grants.';
  return undefined;
}

async function check(name: string, run: () => Promise<DependencyCheck>): Promise<DependencyCheck> {
  try {
    return await withTimeout(CHECK_TIMEOUT_MS, 'its answer', run());
  } catch (error) {
    log.debug({ err: error }, `${name} is not available`);
    const cause = causeOf(error);
    const fault = cause.name === 'ReplyError' ? 'refuses a write' : 'does not answer';
    return { isUp: false, reasons: [`${name} ${fault}: ${cause.message}`] };
  }
}
