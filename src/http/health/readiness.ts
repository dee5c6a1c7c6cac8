import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { DependencyChecks } from './dependency-checks.js';

export interface ReadinessReport {
  /** degraded: this process works without Redis, but live events and payments are delayed. */
  readonly status: 'ready' | 'degraded' | 'not ready';
  /** up: it answers and accepts writes. */
  readonly database: 'up' | 'down';
  readonly redis: 'up' | 'down';
  /** Why the process is not ready or degraded: one sentence each. */
  readonly reasons: readonly string[];
}

/**
 * Whether this process can work now. Every role needs a database that accepts writes and has this release's
 * migrations; processes with the api role work without Redis.
 */
@Injectable()
export class Readiness {
  private isDraining = false;

  constructor(
    private readonly checks: DependencyChecks,
    @Inject(CONFIG) private readonly config: Pick<Config, 'roles'>,
  ) {}

  /** Reports "not ready" from now on, so that no new work is sent here. */
  drain(): void {
    this.isDraining = true;
  }

  /** Resolves within the timeout of the checks, whatever is down. */
  async report(): Promise<ReadinessReport> {
    const [database, redis] = await Promise.all([this.checks.database(), this.checks.redis()]);
    const needsRedis = !this.config.roles.has('api');
    const isUnable = this.isDraining || database.reasons.length > 0 || (needsRedis && !redis.isUp);
    return {
      status: isUnable ? 'not ready' : redis.isUp ? 'ready' : 'degraded',
      database: database.isUp ? 'up' : 'down',
      redis: redis.isUp ? 'up' : 'down',
      reasons: [
        ...(this.isDraining ? ['The process is stopping.'] : []),
        ...database.reasons,
        ...redis.reasons,
      ],
    };
  }
}
